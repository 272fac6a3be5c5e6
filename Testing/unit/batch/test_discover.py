"""Which cases a folder holds, and what they are called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.discover import discover
from LightMSegmentationLib.errors import UnusableInputError

from Testing.data.dicom_files import write_series
from Testing.data.tiny_ct import tiny_ct

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

SERIES_A, SERIES_B = "1.2.826.0.1.3680043.2.1125.11111111", "1.2.826.0.1.3680043.2.1125.22222222"


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def names(source: Path, target: Path | None = None) -> list[str]:
    return [case.name for case in discover(source, target or source / "out")]


def test_volume_files_of_every_form_are_found_and_named_by_their_place(tmp_path: Path) -> None:
    touch(*(tmp_path / "x" / f"{form}.{form}" for form in ("nii", "nii.gz", "nrrd", "mha")), tmp_path / "a b.nii.gz")
    assert names(tmp_path) == ["a b", "x/mha", "x/nii", "x/nii.gz", "x/nrrd"]


def test_segmentations_hidden_files_and_other_files_are_no_cases(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.seg.nrrd", "._a.nii.gz", ".hidden/b.nii.gz", "notes.txt", "c.png")))
    assert names(tmp_path) == []


def test_the_output_folder_inside_the_input_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path / "a.nii.gz", tmp_path / "out" / "a.nii.gz")
    assert names(tmp_path, tmp_path / "out") == ["a"]


def test_files_that_differ_in_their_ending_only_keep_it(tmp_path: Path) -> None:
    touch(tmp_path / "a.nii.gz", tmp_path / "a.nrrd", tmp_path / "b.nii")
    assert names(tmp_path) == ["a_nii_gz", "a_nrrd", "b"]


def test_the_data_file_of_a_detached_header_belongs_to_the_case(tmp_path: Path) -> None:
    (tmp_path / "a.mhd").write_text("NDims = 3\nElementDataFile = daten ä.raw\n", encoding="utf-8")
    (tmp_path / "b.nhdr").write_text("NRRD0004\ndata file: b.raw.gz\n")
    files = {case.name: [file.name for file in case.files] for case in discover(tmp_path, tmp_path / "out")}
    assert files == {"a": ["a.mhd", "daten ä.raw"], "b": ["b.nhdr", "b.raw.gz"]}


def test_a_loop_of_links_ends_and_finds_each_file_once(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "sub" / "a.nii.gz")
    (tmp_path / "in" / "sub" / "up").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in" / "sub", target_is_directory=True)
    assert names(tmp_path / "in") == ["sub/a"]


def test_a_link_to_a_folder_elsewhere_is_followed_also_to_dicom(tmp_path: Path) -> None:
    touch(tmp_path / "disk" / "a.nii.gz")
    write_series(tmp_path / "disk" / "study", tiny_ct(), uid=SERIES_A)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "disk", target_is_directory=True)
    assert names(tmp_path / "in") == ["linked/a", "linked/study"]


def test_a_dicom_folder_is_a_case_with_its_series_and_files(tmp_path: Path) -> None:
    write_series(tmp_path / "p1" / "ct", tiny_ct(), uid=SERIES_A, name="IM{:04d}")
    (case,) = discover(tmp_path, tmp_path / "out")
    assert (case.name, case.path, case.series_uid) == ("p1/ct", tmp_path / "p1" / "ct", SERIES_A)
    assert len(case.files) == tiny_ct().grid.size[2]


def test_series_that_share_a_folder_are_cases_of_their_own(tmp_path: Path) -> None:
    for uid, name in ((SERIES_A, "a{:03d}.dcm"), (SERIES_B, "b{:03d}.dcm")):
        write_series(tmp_path / "study", tiny_ct(), uid=uid, name=name)
    assert names(tmp_path) == ["study/abdomen-11111111", "study/abdomen-22222222"]


def test_a_dicom_series_of_the_input_folder_itself_is_named_after_it(tmp_path: Path) -> None:
    write_series(tmp_path / "patient", tiny_ct(), uid=SERIES_A)
    assert names(tmp_path / "patient") == ["patient"]


def test_a_localizer_beside_a_ct_is_no_case(tmp_path: Path) -> None:
    def localizer(dataset: Dataset, _: int) -> None:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    write_series(tmp_path / "study", tiny_ct(), uid=SERIES_A, name="a{:03d}.dcm")
    write_series(tmp_path / "study", tiny_ct(), localizer, uid=SERIES_B, name="b{:03d}.dcm", only=[0, 1])
    (case,) = discover(tmp_path, tmp_path / "out")
    assert case.series_uid == SERIES_A


def test_a_series_description_can_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    def describe(dataset: Dataset, _: int) -> None:
        dataset.SeriesDescription = "../../etc/passwd"

    for uid, name in ((SERIES_A, "a{:03d}.dcm"), (SERIES_B, "b{:03d}.dcm")):
        write_series(tmp_path / "study", tiny_ct(), describe, uid=uid, name=name)
    assert names(tmp_path) == ["study/etc-passwd-11111111", "study/etc-passwd-22222222"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file names that are no text")
def test_a_file_name_that_is_no_text_becomes_printable(tmp_path: Path) -> None:
    touch(tmp_path / os.fsdecode(b"scan\xff.nii.gz"))
    assert names(tmp_path) == ["scan_xff"]


def test_a_missing_input_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"nowhere does not exist"):
        discover(tmp_path / "nowhere", tmp_path / "out")
