"""DICOM SEG as Slicer reads it: Slicer's DICOMSegmentationPlugin calls dcmqi's segimage2itkimage just as here."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.dicom_export.write import SEGMENTATION, write_dicom
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.dicom_files import write_enhanced, write_series
from Testing.data.system_tools import system_tool
from Testing.unit.batch.small_scans import small_scan
from Testing.unit.dicom_export.conftest import labeled, of_a_patient
from Testing.unit.imaging.reading import oblique_direction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from pydicom.dataset import Dataset

    Points = dict[str, set[tuple[int, int, int]]]

TILT = np.tan(np.radians(20.0))


def read_by_dcmqi(path: Path, folder: Path) -> list[tuple[dict, sitk.Image]]:
    """Return each segment's attributes and image (1 inside), as Slicer's plugin gets them."""
    tool = system_tool("segimage2itkimage", "`pip install dcmqi` brings it")
    folder.mkdir()
    command = [tool, "--inputDICOM", path, "--outputDirectory", folder, "--mergeSegments"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    described = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segmentAttributes"]
    files = [sitk.ReadImage(str(folder / f"{number}.nrrd")) for number in range(1, len(described) + 1)]
    return [
        (segment, image == segment["labelID"])
        for segments, image in zip(described, files, strict=True)
        for segment in segments
    ]


def places_by_dcmqi(path: Path, folder: Path, grid: Grid) -> Points:
    """Return where each segment's voxels lie in space, as indices (k, j, i) of ``grid``."""
    found = {}
    for segment, image in read_by_dcmqi(path, folder):
        own = Grid.of_image(image)
        found[segment["SegmentLabel"]] = indices_on(grid, own.index_to_lps, np.argwhere(sitk.GetArrayFromImage(image)))
    return found


def places_by_highdicom(path: Path, grid: Grid) -> Points:
    """Return the same, read by highdicom."""
    segmentation = highdicom.seg.segread(path)
    volume = segmentation.get_volume()
    own = volume.affine[:, [2, 1, 0, 3]]  # highdicom counts k, j, i
    labels = [segment.SegmentLabel for segment in segmentation.SegmentSequence]
    return {label: indices_on(grid, own, np.argwhere(volume.array[..., at])) for at, label in enumerate(labels)}


def indices_on(grid: Grid, index_to_lps: np.ndarray, voxels: np.ndarray) -> set[tuple[int, int, int]]:
    """Return voxels (k, j, i) of one lattice as those of ``grid`` at the same physical points; all have to match."""
    points = index_to_lps @ np.column_stack([voxels[:, ::-1], np.ones(len(voxels))]).T
    indices = (np.linalg.inv(grid.index_to_lps) @ points)[:3].T
    np.testing.assert_allclose(indices, np.round(indices), atol=1e-3)
    return {(k, j, i) for i, j, k in np.round(indices).astype(int).tolist()}


def places_of_labels(found: LabeledSeries) -> Points:
    """Return what was written: the liver with its tumors, and the tumors."""
    array = found.labels.array
    masks = {"liver": array > 0, "liver tumor": array == 2}
    return {name: set(map(tuple, np.argwhere(mask).tolist())) for name, mask in masks.items()}


def axial(folder: Path) -> LabeledSeries:
    return labeled(write_series(folder, small_scan(3), of_a_patient))


def oblique(folder: Path) -> LabeledSeries:
    scan = small_scan(3)
    grid = Grid(scan.grid.size, (7.0, 9.0, 11.0), (5.0, -7.0, 3.0), oblique_direction(20.0))
    return labeled(write_series(folder, Volume(scan.array, grid), of_a_patient))


def tilted_gantry(folder: Path) -> LabeledSeries:
    def tilt(dataset: Dataset, k: int) -> None:
        of_a_patient(dataset)
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x, y + TILT * 8.0 * k, z]

    return labeled(write_series(folder, small_scan(3), tilt))


def uneven_slices(folder: Path) -> LabeledSeries:
    def shift(dataset: Dataset, k: int) -> None:
        of_a_patient(dataset)
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x, y, z + (2.0 if k % 2 else 0.0)]

    return labeled(write_series(folder, small_scan(3), shift))


def multi_frame(folder: Path) -> LabeledSeries:
    folder.mkdir()
    write_enhanced(folder / "enhanced.dcm", small_scan(3), [*range(10, 20), *range(10)])
    return labeled(folder)


@pytest.mark.parametrize("series", [axial, oblique, tilted_gantry, uneven_slices, multi_frame])
def test_slicers_reader_and_highdicom_find_every_voxel_at_its_place(
    series: Callable[[Path], LabeledSeries], tmp_path: Path
) -> None:
    found = series(tmp_path / "ct")
    write_dicom(found, {SEGMENTATION: tmp_path / "seg.dcm"})
    expected = places_of_labels(found)
    assert places_by_highdicom(tmp_path / "seg.dcm", found.labels.grid) == expected
    assert places_by_dcmqi(tmp_path / "seg.dcm", tmp_path / "read", found.labels.grid) == expected


def test_slicers_reader_finds_names_codes_colors_and_the_algorithm(tmp_path: Path) -> None:
    write_dicom(axial(tmp_path / "ct"), {SEGMENTATION: tmp_path / "seg.dcm"})
    (liver, _), (tumor, _) = read_by_dcmqi(tmp_path / "seg.dcm", tmp_path / "read")
    assert [liver["SegmentLabel"], tumor["SegmentLabel"]] == ["liver", "liver tumor"]
    assert liver["SegmentedPropertyTypeCodeSequence"]["CodeValue"] == "10200004"
    assert tumor["SegmentedPropertyTypeCodeSequence"]["CodeValue"] == "108369006"
    assert tumor["AnatomicRegionSequence"]["CodeValue"] == "10200004"
    assert [liver["SegmentAlgorithmType"], liver["SegmentAlgorithmName"]] == ["AUTOMATIC", "tiny"]
    np.testing.assert_allclose(liver["recommendedDisplayRGBValue"], (221, 130, 101), atol=2)
    np.testing.assert_allclose(tumor["recommendedDisplayRGBValue"], (144, 238, 144), atol=2)
