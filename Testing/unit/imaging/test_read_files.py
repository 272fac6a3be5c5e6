"""Reading NIfTI, NRRD and MetaImage files."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.nifti_files import (
    DIM,
    QFORM_CODE,
    SCL_SLOPE,
    SFORM_CODE,
    SROW,
    make_big_endian,
    make_version_2,
    patch,
)
from Testing.data.tiny_ct import tiny_ct
from Testing.unit.imaging.reading import assert_same_volume, oblique_direction, sample, save

FORMS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


@pytest.mark.parametrize("form", FORMS)
def test_reads_what_was_written(form: str, tmp_path: Path):
    read = read_volume(save(tiny_ct(), tmp_path / f"scan{form}"))
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ()
    assert read.volume.array.dtype == np.int16


@pytest.mark.parametrize("form", FORMS)
def test_oblique_anisotropic_axes_stay_where_they_are(form: str, tmp_path: Path):
    scan = tiny_ct(spacing=(7.0, 9.0, 11.0), direction=oblique_direction())
    assert_same_volume(read_volume(save(scan, tmp_path / f"scan{form}")).volume, scan)


@pytest.mark.parametrize("form", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("kind", ["int8", "uint8", "uint16", "int32", "uint32", "int64", "float32", "float64"])
def test_every_voxel_type_becomes_int16(kind: str, form: str, tmp_path: Path):
    scan = tiny_ct()
    stored = Volume((scan.array % 100).astype(kind), scan.grid)
    read = read_volume(save(stored, tmp_path / f"scan{form}"))
    assert read.volume.array.dtype == np.int16
    np.testing.assert_array_equal(read.volume.array, scan.array % 100)


def test_fractions_are_rounded_and_far_values_clipped(tmp_path: Path):
    values = tiny_ct().array.astype(np.float32) + 0.4
    values[0, 0, :2] = 1e6, -1e6
    read = read_volume(save(Volume(values, tiny_ct().grid), tmp_path / "scan.nii.gz"))
    assert read.volume.array[0, 0, :2].tolist() == [32767, -32768]
    np.testing.assert_array_equal(read.volume.array[1:], tiny_ct().array[1:])


@pytest.mark.parametrize("form", [".nii.gz", ".nrrd", ".mha"])
def test_a_few_undefined_voxels_become_air_with_a_note(form: str, tmp_path: Path):
    values = tiny_ct().array.astype(np.float64)
    values[3, 4, 5:8] = np.nan, np.inf, -np.inf
    read = read_volume(save(Volume(values, tiny_ct().grid), tmp_path / f"scan{form}"))
    assert read.volume.array[3, 4, 5:8].tolist() == [-1024] * 3
    assert read.notes == ("Replaced 3 voxels that held no number by air (-1024 HU).",)


def test_slope_and_intercept_of_nifti_are_applied(tmp_path: Path):
    stored = Volume((tiny_ct().array + 1024) // 2, tiny_ct().grid)
    path = patch(save(stored, tmp_path / "scan.nii"), SCL_SLOPE, "ff", 2.0, -1024.0)
    read = read_volume(path)
    np.testing.assert_array_equal(read.volume.array, stored.array * 2 - 1024)


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_an_undefined_slope_means_no_scaling(slope: float, tmp_path: Path):
    path = patch(save(tiny_ct(), tmp_path / "scan.nii"), SCL_SLOPE, "ff", slope, 7.0)
    assert_same_volume(read_volume(path).volume, tiny_ct())


def test_big_endian_nifti_is_read(tmp_path: Path):
    scan = tiny_ct()
    path = make_big_endian(save(scan, tmp_path / "scan.nii"))
    assert_same_volume(read_volume(path).volume, scan)


@pytest.mark.parametrize("by_sform", [True, False])
@pytest.mark.parametrize("mirrored", [1.0, -1.0])
def test_version_2_of_nifti_is_read(by_sform: bool, mirrored: float, tmp_path: Path):
    axes = np.reshape(oblique_direction(), (3, 3)) * [1.0, 1.0, mirrored]
    scan = tiny_ct(spacing=(7.0, 9.0, 11.0), direction=tuple(axes.ravel()))
    path = make_version_2(save(scan, tmp_path / "scan.nii"), by_sform=by_sform)
    assert_same_volume(read_volume(path).volume, scan)


def test_nifti_is_unpacked_by_content_whatever_its_name(tmp_path: Path):
    plain = save(tiny_ct(), tmp_path / "scan.nii")
    misnamed = tmp_path / "plain.nii.gz"
    misnamed.write_bytes(plain.read_bytes())
    plain.write_bytes(gzip.compress(plain.read_bytes()))
    assert_same_volume(read_volume(misnamed).volume, tiny_ct())
    assert_same_volume(read_volume(plain).volume, tiny_ct())


@pytest.mark.parametrize("name", ["SCAN.NII.GZ", "SCAN.NRRD", "SCAN.MHA"])
def test_suffixes_in_capitals_are_understood(name: str, tmp_path: Path):
    save(tiny_ct(), tmp_path / name.lower()).rename(tmp_path / name)
    assert_same_volume(read_volume(tmp_path / name).volume, tiny_ct())


@pytest.mark.parametrize("form", [".nii.gz", ".nrrd", ".mha"])
def test_a_fourth_dimension_of_one_is_dropped(form: str, tmp_path: Path):
    scan = tiny_ct()
    sitk.WriteImage(sitk.JoinSeries([scan.to_image()]), str(tmp_path / f"scan{form}"))
    assert_same_volume(read_volume(tmp_path / f"scan{form}").volume, scan)


@pytest.mark.parametrize("form", FORMS)
def test_names_outside_ascii_and_paths_over_260_characters_are_read(form: str, tmp_path: Path):
    folder = tmp_path.joinpath(*["Пациент Ünï 肝臓 " + "x" * 60] * 4)
    folder.mkdir(parents=True)
    path = save(tiny_ct(), folder / f"Æé 肝{form}")
    assert len(str(path)) > 260
    assert_same_volume(read_volume(path).volume, tiny_ct())


@pytest.mark.parametrize("form", [".nii.gz", ".nrrd", ".mhd"])
def test_relative_paths_are_read(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    save(tiny_ct(), tmp_path / f"scan{form}")
    monkeypatch.chdir(tmp_path)
    assert_same_volume(read_volume(Path(f"scan{form}")).volume, tiny_ct())


def test_a_sheared_sform_is_resampled_and_said(tmp_path: Path):
    scan = tiny_ct()
    path = save(scan, tmp_path / "sheared.nii")
    # RAS rows: 8 mm from slice to slice, moved by 2 mm to the front each.
    patch(path, SFORM_CODE, "h", 1)
    patch(path, QFORM_CODE, "h", 0)
    patch(path, SROW, "12f", -10, 0, 0, 150, 0, -10, 2, 120, 0, 0, 8, 40)
    read = read_volume(path)
    assert read.notes == ("The voxel axes are sheared by 14.0 degrees: resampled onto a rectangular grid.",)
    assert read.volume.grid.spacing == pytest.approx((10, 10, 8))
    # A voxel in the middle of the bone, by the sheared header.
    i, j, k = 15, 18, 10
    point = np.array([[10 * i - 150, 10 * j - 2 * k - 120, 8 * k + 40]])
    assert sample(read.volume, point) == pytest.approx(scan.array[k, j, i], abs=1)


@pytest.mark.parametrize("form", [".nrrd", ".mha"])
def test_sheared_axes_of_other_forms_are_resampled_too(form: str, tmp_path: Path):
    lean = np.deg2rad(10.0)
    direction = (1.0, 0.0, 0.0, 0.0, 1.0, np.sin(lean), 0.0, 0.0, np.cos(lean))
    scan = tiny_ct()
    read = read_volume(save(Volume(scan.array, replace(scan.grid, direction=direction)), tmp_path / f"scan{form}"))
    assert read.notes == ("The voxel axes are sheared by 10.0 degrees: resampled onto a rectangular grid.",)


def test_a_folder_named_like_a_file_is_taken_as_a_folder(tmp_path: Path):
    (tmp_path / "scan.nii.gz").mkdir()
    with pytest.raises(UnusableInputError, match=r"^scan\.nii\.gz holds no DICOM images"):
        read_volume(tmp_path / "scan.nii.gz")


def test_a_file_without_the_right_to_read_is_refused(tmp_path: Path):
    path = save(tiny_ct(), tmp_path / "secret.nii.gz")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UnusableInputError, match=r"secret\.nii\.gz may not be read"):
        read_volume(path)


@pytest.mark.parametrize("kind", [np.int16, np.float64])
def test_reading_nifti_takes_little_more_memory_than_two_bytes_a_voxel(kind: type, tmp_path: Path):
    scan = tiny_ct(size=(200, 200, 150))
    path = save(Volume(scan.array.astype(kind), scan.grid), tmp_path / "scan.nii.gz")
    tracemalloc.start()
    try:
        read_volume(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * scan.array.size + (20 << 20)


def test_a_header_that_claims_more_than_the_file_can_hold_is_refused_before_memory_is_taken(tmp_path: Path):
    path = patch(save(tiny_ct(), tmp_path / "scan.nii"), DIM, "4h", 3, 32767, 32767, 32767)
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(UnusableInputError, match=r"scan\.nii is truncated"):
        read_volume(path)


def test_a_header_without_its_data_file_is_refused(tmp_path: Path):
    save(tiny_ct(), tmp_path / "scan.mhd")
    (tmp_path / "scan.zraw").unlink()
    with pytest.raises(UnusableInputError, match=r"scan\.mhd lacks its data file scan\.zraw"):
        read_volume(tmp_path / "scan.mhd")
