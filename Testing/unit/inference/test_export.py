"""Logits land on the native grid where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.inference import export
from LightMSegmentationLib.inference.export import labels_on_grid
from LightMSegmentationLib.inference.result import LIVER, TUMOR

COARSE = Grid((4, 4, 4), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))


def logits_of(labels: np.ndarray) -> np.ndarray:
    return np.stack([np.where(labels == value, 1.0, -1.0) for value in range(3)]).astype(np.float32)


def test_labels_on_the_same_grid_are_the_largest_logits() -> None:
    labels = np.random.default_rng(0).integers(0, 3, COARSE.shape).astype(np.uint8)
    assert np.array_equal(labels_on_grid(logits_of(labels), COARSE, COARSE), labels)


def test_the_border_between_two_voxels_lies_halfway() -> None:
    labels = np.zeros(COARSE.shape, dtype=np.uint8)
    labels[:, :, 2:] = LIVER
    native = Grid((12, 4, 4), (1.0, 3.0, 3.0), (0.0, 0.0, 0.0))
    row = labels_on_grid(logits_of(labels), COARSE, native)[0, 0]
    # Voxel centers 1 (3 mm) and 2 (6 mm): the border is at 4.5 mm; the volume ends half a voxel behind 9 mm.
    assert row.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0]


def test_voxels_outside_the_source_are_background() -> None:
    labels = np.full(COARSE.shape, TUMOR, dtype=np.uint8)
    native = Grid((8, 4, 4), (3.0, 3.0, 3.0), (-6.0, 0.0, 0.0))
    row = labels_on_grid(logits_of(labels), COARSE, native)[0, 0]
    assert row.tolist() == [0, 0, 2, 2, 2, 2, 0, 0]


def test_slabs_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.random.default_rng(1).integers(0, 3, COARSE.shape).astype(np.uint8)
    native = Grid((9, 10, 11), (1.1, 1.2, 0.9), (0.4, -0.3, 0.2))
    whole = labels_on_grid(logits_of(labels), COARSE, native)
    monkeypatch.setattr(export, "SLAB_VOXELS", 200)
    assert np.array_equal(labels_on_grid(logits_of(labels), COARSE, native), whole)
