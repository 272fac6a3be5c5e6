"""Segments as one label map."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.scene.labels_of_segments import labels_of_segments
from LightMSegmentationLib.scene.segments import TUMOR_ROLE, segment_id

from Testing.scene.small_scans import small_labels

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: real MRML is tested where it is.")


def test_what_was_written_comes_back(written: slicer.vtkMRMLSegmentationNode) -> None:
    labels = labels_of_segments(written, small_labels().grid)
    assert labels.array.dtype == np.uint8
    assert np.array_equal(labels.array, small_labels().array)


def test_a_missing_segment_counts_as_empty(written: slicer.vtkMRMLSegmentationNode) -> None:
    written.GetSegmentation().RemoveSegment(segment_id(written, TUMOR_ROLE))
    labels = labels_of_segments(written, small_labels().grid)
    assert np.array_equal(labels.array, (small_labels().array > 0).astype(np.uint8))


def test_segments_of_the_user_are_left_out(with_spleen: slicer.vtkMRMLSegmentationNode) -> None:
    assert not labels_of_segments(with_spleen, small_labels().grid).array.any()


def test_segments_on_other_voxels_are_refused(written: slicer.vtkMRMLSegmentationNode) -> None:
    grid = small_labels().grid
    moved = Grid(grid.size, grid.spacing, (grid.origin[0] + 1.0, *grid.origin[1:]), grid.direction)
    with pytest.raises(UnusableInputError, match="other voxels than the scan"):
        labels_of_segments(written, moved)
