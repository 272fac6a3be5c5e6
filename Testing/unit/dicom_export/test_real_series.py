"""DICOM results of a real series: vendors' headers hold what no phantom has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from highdicom.seg import segread
from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
from LightMSegmentationLib.dicom_export.source_series import read_source_series
from LightMSegmentationLib.dicom_export.write import REPORT, SEGMENTATION, STRUCTURES, write_dicom
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.measurement.lesions import measure

from Testing.data.shared_data import shared_data
from Testing.unit.dicom_export.checks import errors_of_dciodvfy

if TYPE_CHECKING:
    from pathlib import Path


def test_all_results_of_a_real_series_are_valid_and_lie_on_its_slices(tmp_path: Path) -> None:
    scan = read_volume(shared_data("dicom", "hcc005_pre"))
    labels = Volume(np.zeros(scan.volume.grid.shape, np.uint8), scan.volume.grid)
    labels.array[10:20, 200:300, 100:250] = 1
    labels.array[12:15, 220:240, 120:150] = 2
    found = LabeledSeries(read_source_series(scan), labels, measure(labels), "tiny", "1.0")
    paths = {name: tmp_path / f"{name}.dcm" for name in (SEGMENTATION, REPORT, STRUCTURES)}
    write_dicom(found, paths)
    instances = [header.SOPInstanceUID for header in found.source.headers]
    masks = segread(paths[SEGMENTATION]).get_pixels_by_source_instance(instances, assert_missing_frames_are_empty=True)
    np.testing.assert_array_equal(masks > 0, np.stack([labels.array > 0, labels.array == 2], axis=-1))
    assert [errors_of_dciodvfy(path) for path in paths.values()] == [[], [], []]
