"""The sheet shows real and synthetic tumors of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.training.archive import Archive, PackedCase
from LightMSegmentationLib.training.tumor_sheet import draw_sheet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def healthy(tiny_archive: Archive) -> Archive:
    """The tiny archive and one more patient whose liver is known to have no tumor."""
    first = tiny_archive.cases[0]
    target = np.minimum(first.target, 1)
    without = PackedCase("h1", "h", "train", "liver+tumor", "native", first.center, first.image, target)
    return Archive((*tiny_archive.cases, without), tiny_archive.spacing_mm, tiny_archive.sha256)


def test_a_sheet_is_drawn_into_a_folder_that_did_not_exist(healthy: Archive, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    draw_sheet(healthy, tmp_path / "out" / "sheet.png")
    assert (tmp_path / "out" / "sheet.png").read_bytes().startswith(b"\x89PNG")
