"""RTSTRUCT: outlines that hold exactly the voxels of the segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from LightMSegmentationLib.dicom_export.contours import outlines
from LightMSegmentationLib.dicom_export.write import STRUCTURES, write_dicom
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from matplotlib.path import Path as Polygon

from Testing.data.dicom_files import write_series
from Testing.unit.batch.small_scans import small_scan
from Testing.unit.dicom_export.checks import errors_of_dciodvfy
from Testing.unit.dicom_export.conftest import labeled, of_a_patient
from Testing.unit.imaging.reading import oblique_direction

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries

RING = np.pad(np.pad(np.zeros((3, 4), bool), 2, constant_values=True), 1)


def filled(polygons: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Return the pixels whose centers lie in one of the polygons."""
    j, i = np.indices(shape)
    centers = np.column_stack((i.ravel(), j.ravel()))
    inside = np.zeros(len(centers), bool)
    for polygon in polygons:
        inside |= Polygon(polygon, closed=False).contains_points(centers)
    return inside.reshape(shape)


@given(arrays(bool, (7, 9)))
def test_outlines_hold_exactly_the_pixels_of_any_mask(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(filled(outlines(mask), mask.shape), mask)


def test_a_region_with_a_hole_is_cut_in_two_that_touch() -> None:
    upper, lower = outlines(RING)
    np.testing.assert_array_equal(filled([upper, lower], RING.shape), RING)
    assert upper[:, 1].max() == lower[:, 1].min()


def test_an_empty_slice_has_no_outline() -> None:
    assert outlines(np.zeros((3, 3), bool)) == []


def voxels(dataset: pydicom.Dataset, number: int, grid: Grid) -> np.ndarray:
    """Return the voxels (k, j, i) inside the contours of a region."""
    result = np.zeros(grid.shape, bool)
    lps_to_index = np.linalg.inv(grid.index_to_lps)
    for contour in dataset.ROIContourSequence[number].ContourSequence:
        points = np.reshape(np.array(contour.ContourData, float), (-1, 3))
        index = points @ lps_to_index[:3, :3].T + lps_to_index[:3, 3]
        (k,) = np.unique(np.rint(index[:, 2]).astype(int))
        np.testing.assert_allclose(index[:, 2], k, atol=1e-3)
        result[k] |= filled([index[:, :2]], grid.shape[1:])
    return result


@pytest.mark.parametrize("turn", [0.0, 20.0])
def test_contours_read_back_as_the_segments(turn: float, tmp_path: Path) -> None:
    scan = small_scan(3)
    grid = Grid(scan.grid.size, scan.grid.spacing, scan.grid.origin, oblique_direction(turn))
    found = labeled(write_series(tmp_path / "ct", Volume(scan.array, grid), of_a_patient))
    write_dicom(found, {STRUCTURES: tmp_path / "rt.dcm"})
    dataset = pydicom.dcmread(tmp_path / "rt.dcm")
    np.testing.assert_array_equal(voxels(dataset, 0, found.labels.grid), found.labels.array > 0)
    np.testing.assert_array_equal(voxels(dataset, 1, found.labels.grid), found.labels.array == 2)
    assert errors_of_dciodvfy(tmp_path / "rt.dcm") == []


def test_regions_are_named_and_refer_to_their_slices(found: LabeledSeries, tmp_path: Path) -> None:
    write_dicom(found, {STRUCTURES: tmp_path / "rt.dcm"})
    dataset = pydicom.dcmread(tmp_path / "rt.dcm")
    assert [region.ROIName for region in dataset.StructureSetROISequence] == ["liver", "liver tumor"]
    assert [item.RTROIInterpretedType for item in dataset.RTROIObservationsSequence] == ["ORGAN", "GTV"]
    heights = {header.SOPInstanceUID: float(header.ImagePositionPatient[2]) for header in found.source.headers}
    for region in dataset.ROIContourSequence:
        for contour in region.ContourSequence:
            (image,) = contour.ContourImageSequence
            assert float(contour.ContourData[2]) == pytest.approx(heights[image.ReferencedSOPInstanceUID])
    assert str(dataset.PatientName) == "Müller^Jörg"
