"""Edits on disk."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.review.saved_edits import SavedEdits, SavedSegment, forget_old_edits

from Testing.review.small_case import GRID, small_case

if TYPE_CHECKING:
    from pathlib import Path

VOXELS = np.random.default_rng(0).random((3, 4, 5)) > 0.5
LIVER = SavedSegment("liver", "liver", (0.9, 0.5, 0.4), {"Role": "liver"}, Box((1, 2, 3), (4, 6, 8)), VOXELS)
NOTHING = SavedSegment("x", "new: segment", (0.0, 1.0, 0.0), {}, Box((0, 0, 0), (0, 0, 0)), np.zeros((0, 0, 0), bool))


@pytest.fixture
def edits(tmp_path: Path) -> SavedEdits:
    return SavedEdits(tmp_path, "key")


def test_segments_come_back_as_they_were(edits: SavedEdits) -> None:
    edits.write([LIVER, NOTHING])
    kept = edits.read()
    assert kept is not None
    (liver, nothing), when = kept
    assert (liver, nothing) == (LIVER, NOTHING)
    assert np.array_equal(liver.voxels, VOXELS)
    assert nothing.voxels.size == 0
    assert abs(when - time.time()) < 60


def test_only_the_user_can_read_them(edits: SavedEdits, tmp_path: Path) -> None:
    edits.write([LIVER])
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "key" / "edits.npz").stat().st_mode & 0o077 == 0


def test_where_nothing_was_kept_nothing_comes_back(edits: SavedEdits) -> None:
    assert edits.read() is None
    assert edits.read_prediction(GRID) is None


def test_a_damaged_file_counts_as_none(edits: SavedEdits, tmp_path: Path) -> None:
    edits.write([LIVER])
    path = tmp_path / "key" / "edits.npz"
    path.write_bytes(path.read_bytes()[:100])
    assert edits.read() is None


def test_forgotten_edits_are_gone_and_the_prediction_stays(edits: SavedEdits) -> None:
    prediction = small_case().prediction
    assert prediction is not None
    edits.write([LIVER])
    edits.write_prediction(prediction)
    edits.forget()
    edits.forget()
    assert edits.read() is None
    kept = edits.read_prediction(GRID)
    assert kept is not None
    assert np.array_equal(kept.labels.array, prediction.labels.array)
    assert (kept.findings, kept.provenance) == (prediction.findings, prediction.provenance)


def test_edits_that_nobody_has_looked_at_for_a_month_are_removed(tmp_path: Path) -> None:
    for key, days in (("old", 40), ("new", 2)):
        SavedEdits(tmp_path, key).write([LIVER])
        then = time.time() - days * 24 * 3600
        os.utime(tmp_path / key / "edits.npz", (then, then))
    forget_old_edits(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
