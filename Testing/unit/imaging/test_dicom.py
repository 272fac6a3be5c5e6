"""Reading DICOM folders and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.dicom import list_series
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from pydicom.uid import JPEGLSLossless, RLELossless

from Testing.data.dicom_files import write_enhanced, write_series
from Testing.data.tiny_ct import tiny_ct
from Testing.unit.imaging.reading import assert_same_volume, interior_points, oblique_direction, sample, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom.dataset import Dataset

LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


def test_a_series_is_read_in_hu_with_its_geometry(tmp_path: Path):
    read = read_volume(write_series(tmp_path, tiny_ct()))
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ()


@pytest.mark.parametrize("only", [range(19, -1, -1), np.random.default_rng(0).permutation(20).tolist()])
def test_slices_are_ordered_by_place_whatever_their_names_and_numbers(only: list[int], tmp_path: Path):
    write_series(tmp_path, tiny_ct(), _set(InstanceNumber=1), only=only, name="{:d}")
    names = [path.rename(tmp_path / f"file{rank}") for rank, path in enumerate(sorted(tmp_path.iterdir(), key=hash))]
    assert len(names) == 20
    assert_same_volume(read_volume(tmp_path).volume, tiny_ct())


@pytest.mark.parametrize("turn", [0.0, 20.0, 90.0])
def test_oblique_slices_stay_where_they_are(turn: float, tmp_path: Path):
    scan = tiny_ct(spacing=(7.0, 9.0, 11.0), direction=oblique_direction(turn))
    assert_same_volume(read_volume(write_series(tmp_path, scan)).volume, scan)


def test_a_left_handed_stack_is_turned_so_that_places_stay(tmp_path: Path):
    scan = tiny_ct(direction=(1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0))
    read = read_volume(write_series(tmp_path, scan)).volume
    points = interior_points(scan.grid)
    np.testing.assert_allclose(sample(read, points), sample(scan, points))


def test_other_files_and_folders_are_ignored(tmp_path: Path):
    series = write_series(tmp_path / "study" / "series", tiny_ct(), name="IM{:04d}")
    (tmp_path / "study" / "readme.txt").write_text("notes", encoding="utf-8")
    (tmp_path / "study" / "empty").touch()
    save(tiny_ct(), series / "scan.nii.gz")
    assert_same_volume(read_volume(tmp_path).volume, tiny_ct())


@pytest.mark.parametrize("content", [b"", b"not DICOM", bytes(128) + b"DICM" + b"\xff" * 500])
def test_damaged_files_are_left_out_with_a_warning(content: bytes, tmp_path: Path):
    write_series(tmp_path, tiny_ct())
    (tmp_path / "image020.dcm").write_bytes(content)
    read = read_volume(tmp_path)
    assert_same_volume(read.volume, tiny_ct())
    (note,) = read.notes
    assert note == "Left out 1 damaged DICOM file, such as image020.dcm: slices at the ends may be missing."


def test_a_folder_of_damaged_files_says_so(tmp_path: Path):
    (tmp_path / "image.dcm").touch()
    with pytest.raises(UnusableInputError, match=r"holds no DICOM images \(1 damaged DICOM file, such as image\.dcm\)"):
        read_volume(tmp_path)


def test_every_series_is_listed_with_its_files(tmp_path: Path):
    write_series(tmp_path / "one", tiny_ct(), _set(SeriesDescription="PORTAL"), uid="1.2.3.1")
    write_series(
        tmp_path / "two", tiny_ct(), _set(ImageType=["DERIVED", "PRIMARY", "LOCALIZER"]), uid="1.2.3.2", only=[4]
    )
    portal, scout = list_series(tmp_path)
    assert str(portal) == "1.2.3.1 (PORTAL, CT, 20 slices)"
    assert portal.problem == ""
    assert portal.files == tuple(sorted((tmp_path / "one").iterdir()))
    assert (scout.uid, scout.slices, scout.problem) == ("1.2.3.2", 1, "is only a localizer (a scout image)")


def test_the_only_series_that_can_be_a_volume_is_taken_and_said(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3.1")
    write_series(tmp_path, tiny_ct(), _set(ImageType=LOCALIZER), uid="1.2.3.2", only=[3], name="scout")
    write_series(tmp_path, tiny_ct(), _set(Modality="MR"), uid="1.2.3.3", name="mr{}")
    read = read_volume(tmp_path)
    assert_same_volume(read.volume, tiny_ct())
    (note,) = read.notes
    assert note.startswith("The series 1.2.3.1 (ABDOMEN, CT, 20 slices) was taken: the only one of 3 in the folder")


def test_the_series_asked_for_is_taken_from_several(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3.1", name="a{}")
    late = Volume(tiny_ct().array + 20, tiny_ct().grid)
    write_series(tmp_path, late, uid="1.2.3.2", name="b{}")
    read = read_volume(tmp_path, "1.2.3.2")
    assert_same_volume(read.volume, late)
    assert read.notes == ()


def test_an_unknown_series_is_refused_with_the_list(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3.1")
    with pytest.raises(UnusableInputError, match=r"holds no series 9\.9; it has 1\.2\.3\.1 \(ABDOMEN, CT, 20 slices\)"):
        read_volume(tmp_path, "9.9")


def test_one_slice_stands_for_its_series(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3.1")
    write_series(tmp_path, tiny_ct(), uid="1.2.3.2", name="other{}")
    read = read_volume(tmp_path / "image004.dcm")
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ("image004.dcm is one slice: its whole series 1.2.3.1 (ABDOMEN, CT, 20 slices) was read.",)


@pytest.mark.parametrize("lean", [-15.0, 15.0])
def test_a_tilted_gantry_is_resampled_and_said(lean: float, tmp_path: Path):
    scan = tiny_ct(size=(30, 24, 40), spacing=(10.0, 10.0, 4.0))
    tilt = np.deg2rad(lean)
    rows_down = (1.0, 0.0, 0.0, 0.0, np.cos(tilt), np.sin(tilt))
    write_series(tmp_path, scan, _set(ImageOrientationPatient=[f"{value:.8f}" for value in rows_down]))

    read = read_volume(tmp_path)

    assert read.notes == ("The gantry was tilted by 15.0 degrees: the slices were resampled onto a rectangular grid.",)
    assert read.volume.grid.spacing == pytest.approx((10.0, 10.0, 4.0 * np.cos(tilt)))
    axes = np.reshape(read.volume.grid.direction, (3, 3))
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-6)
    sheared = np.eye(4)
    sheared[:3, :3] = np.array([rows_down[:3], rows_down[3:], (0, 0, 1)]).T * scan.grid.spacing
    sheared[:3, 3] = scan.grid.origin
    for k in range(0, 40, 7):
        index = np.array([12, 9, k])
        point = (sheared @ [*index, 1.0])[:3]
        assert sample(read.volume, point[np.newaxis]) == pytest.approx(scan.array[tuple(index[::-1])], abs=1)


def test_a_tilt_below_half_a_voxel_is_left_alone(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), _set(ImageOrientationPatient=["1", "0", "0", "0", "0.999999", "0.001"]))
    assert read_volume(tmp_path).notes == ()


def test_uneven_slices_are_interpolated_at_even_distances_and_said(tmp_path: Path):
    def shifted(dataset: Dataset, k: int) -> None:
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x, y, z + (2.0 if k % 2 else 0.0)]

    scan = tiny_ct()
    ramp = Volume(np.broadcast_to(10 * np.arange(20, dtype=np.int16)[:, None, None], scan.grid.shape).copy(), scan.grid)
    ramp.array[1::2] += np.int16(2.5)
    read = read_volume(write_series(tmp_path, ramp, shifted))
    assert read.notes == ("The slices are unevenly spaced: interpolated at even distances.",)
    depths = (np.arange(20) * read.volume.grid.spacing[2]).round(6)
    np.testing.assert_allclose(read.volume.array[:, 5, 5], depths * 10 / 8, atol=1.0)


def test_rounded_positions_are_even(tmp_path: Path):
    def rounded(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [-150, -120, round(40 + 8 * k + 0.04 * (-1) ** k, 1)]

    assert read_volume(write_series(tmp_path, tiny_ct(), rounded)).notes == ()


def test_a_copied_slice_is_read_once(tmp_path: Path):
    write_series(tmp_path, tiny_ct())
    (tmp_path / "copy.dcm").write_bytes((tmp_path / "image007.dcm").read_bytes())
    read = read_volume(tmp_path)
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ("Left out 1 slice that the folder holds twice.",)


def test_a_repeated_place_keeps_its_first_image(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3")
    write_series(
        tmp_path,
        Volume(tiny_ct().array + 99, tiny_ct().grid),
        _set(InstanceNumber=50),
        uid="1.2.3",
        only=[7],
        name="again",
    )
    read = read_volume(tmp_path)
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ("Left out 1 slice at the place of another one.",)


def test_localizers_within_the_series_are_left_out(tmp_path: Path):
    def scout(dataset: Dataset, _k: int) -> None:
        dataset.ImageType = LOCALIZER
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    write_series(tmp_path, tiny_ct(), uid="1.2.3")
    write_series(tmp_path, tiny_ct(), scout, uid="1.2.3", only=[0], name="scout")
    read = read_volume(tmp_path)
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ("Left out 1 localizer image in the series.",)


def test_a_stray_slice_of_another_orientation_is_left_out(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3")
    coronal = _set(ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    write_series(tmp_path, tiny_ct(), coronal, uid="1.2.3", only=[0], name="coronal")
    read = read_volume(tmp_path)
    assert_same_volume(read.volume, tiny_ct())
    assert read.notes == ("Left out 1 slice of another orientation, size or spacing.",)


def test_a_series_of_two_stacks_is_refused(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3")
    write_series(tmp_path, tiny_ct(), _set(PixelSpacing=["5", "5"]), uid="1.2.3", name="fine{}")
    with pytest.raises(UnusableInputError, match="2 stacks that differ in orientation, size or spacing"):
        read_volume(tmp_path)


@pytest.mark.parametrize(
    "order", [list(range(20)), list(range(19, -1, -1)), np.random.default_rng(1).permutation(20).tolist()]
)
def test_enhanced_multiframe_ct_is_read_whatever_its_frames_order(order: list[int], tmp_path: Path):
    path = write_enhanced(tmp_path / "enhanced.dcm", tiny_ct(spacing=(7.0, 9.0, 5.0)), order)
    assert_same_volume(read_volume(path).volume, tiny_ct(spacing=(7.0, 9.0, 5.0)))
    assert_same_volume(read_volume(tmp_path).volume, tiny_ct(spacing=(7.0, 9.0, 5.0)))


def test_missing_frames_of_a_multiframe_file_are_refused(tmp_path: Path):
    path = write_enhanced(tmp_path / "enhanced.dcm", tiny_ct(), [*range(9), *range(10, 20)])
    with pytest.raises(
        UnusableInputError, match=r"enhanced\.dcm is incomplete: 1 slice is missing between S 104\.0 mm"
    ):
        read_volume(path)


def test_a_multiframe_file_of_mr_is_refused(tmp_path: Path):
    path = write_enhanced(tmp_path / "enhanced.dcm", tiny_ct(), range(20))
    path.write_bytes(path.read_bytes().replace(b"\x08\x00\x60\x00CS\x02\x00CT", b"\x08\x00\x60\x00CS\x02\x00MR"))
    with pytest.raises(UnusableInputError, match=r"enhanced\.dcm can't be used: .* is of modality MR, not CT"):
        read_volume(path)


def test_slices_that_share_an_instance_uid_are_all_read(tmp_path: Path):
    assert_same_volume(read_volume(write_series(tmp_path, tiny_ct(), _set(SOPInstanceUID="1.2.3"))).volume, tiny_ct())


def test_a_second_phase_of_a_part_is_refused(tmp_path: Path):
    write_series(tmp_path, tiny_ct(), uid="1.2.3")
    write_series(tmp_path, tiny_ct(), uid="1.2.3", only=range(5, 10), name="late{}")
    with pytest.raises(
        UnusableInputError, match=r"several images at each place, such as phases \(25 slices at 20 places\)"
    ):
        read_volume(tmp_path)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless], ids=["RLE", "JPEG-LS"])
def test_compressed_slices_are_read(syntax: str, tmp_path: Path):
    def compressed(dataset: Dataset, _k: int) -> None:
        dataset.compress(syntax)

    assert_same_volume(read_volume(write_series(tmp_path, tiny_ct(), compressed)).volume, tiny_ct())


def test_slope_and_intercept_of_each_slice_are_applied(tmp_path: Path):
    def rescaled(dataset: Dataset, k: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = ("2", "-24") if k == 3 else ("1", "-1024")

    read = read_volume(write_series(tmp_path, tiny_ct(), rescaled)).volume
    np.testing.assert_array_equal(read.array[3], (tiny_ct().array[3] + 1024) * 2 - 24)
    np.testing.assert_array_equal(read.array[4:], tiny_ct().array[4:])


def test_names_outside_ascii_and_paths_over_260_characters_are_read(tmp_path: Path):
    folder = tmp_path.joinpath(*["Пациент Ünï 肝臓 " + "x" * 60] * 4)
    assert_same_volume(read_volume(write_series(folder, tiny_ct(), name="Æ{}")).volume, tiny_ct())


def test_files_without_preamble_are_read(tmp_path: Path):
    write_series(tmp_path, tiny_ct())
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        meta_length = int.from_bytes(data[140:144], "little")
        path.write_bytes(data[144 + meta_length :])
    assert_same_volume(read_volume(tmp_path).volume, tiny_ct())


def test_a_series_without_modality_may_be_a_ct(tmp_path: Path):
    assert_same_volume(read_volume(write_series(tmp_path, tiny_ct(), _set(Modality=""))).volume, tiny_ct())


def _set(**attributes: object) -> Callable[[Dataset, int], None]:
    def edit(dataset: Dataset, _k: int) -> None:
        for name, value in attributes.items():
            setattr(dataset, name, value)

    return edit


def test_the_slices_that_a_volume_was_made_from_are_told(tmp_path: Path):
    read = read_volume(write_series(tmp_path, tiny_ct(), name="{:d}"))
    assert read.dicom is not None
    assert [part.file.name for part in read.dicom.slices] == [str(k) for k in range(20)]
    assert read.dicom.pixel_for_pixel


def test_voxels_of_a_tilted_gantry_are_no_pixels_of_slices(tmp_path: Path):
    def tilt(dataset: Dataset, k: int) -> None:
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x, y + 3.0 * k, z]

    read = read_volume(write_series(tmp_path, tiny_ct(), tilt))
    assert read.dicom is not None
    assert not read.dicom.pixel_for_pixel
