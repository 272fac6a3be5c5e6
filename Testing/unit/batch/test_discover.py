"""Which cases a folder holds, and what they are called."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.batch.discover import discover
from LightMSegmentationLib.batch.ledger import LEDGER_NAME
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from pydicom import dcmread
from pydicom.fileset import FileSet

from Testing.data.bad_inputs import BAD_INPUTS
from Testing.data.dicom_files import write_series
from Testing.data.tiny_ct import tiny_ct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom.dataset import Dataset

SERIES_A, SERIES_B = "1.2.826.0.1.3680043.2.1125.11111111", "1.2.826.0.1.3680043.2.1125.22222222"


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def names(source: Path, target: Path | None = None) -> list[str]:
    return [case.name for case in discover(source, target or source / "out").cases]


def test_volume_files_of_every_form_are_found_and_named_by_their_place(tmp_path: Path) -> None:
    touch(*(tmp_path / "x" / f"{form}.{form}" for form in ("nii", "nii.gz", "nrrd", "mha")), tmp_path / "a b.nii.gz")
    assert names(tmp_path) == ["a b", "x/mha", "x/nii", "x/nii.gz", "x/nrrd"]


def skipped(source: Path) -> dict[str, str]:
    return {part.name: part.reason for part in discover(source, source / "out").skipped}


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
    files = {case.name: [file.name for file in case.files] for case in discover(tmp_path, tmp_path / "out").cases}
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
    (case,) = discover(tmp_path, tmp_path / "out").cases
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
    (case,) = discover(tmp_path, tmp_path / "out").cases
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


def test_label_maps_beside_scans_are_no_cases_and_the_reason_is_told(tmp_path: Path) -> None:
    scan = tiny_ct()
    labels = Volume((scan.array > 0).astype(np.uint8), scan.grid)
    for name, volume in (
        ("a.nii.gz", scan),
        ("a_liver.nii.gz", labels),
        ("empty.nrrd", blank(labels)),
        ("b.mha", scan),
    ):
        sitk.WriteImage(volume.to_image(), str(tmp_path / name), useCompression=True)
    sitk.WriteImage(sitk.Cast(labels.to_image(), sitk.sitkFloat32), str(tmp_path / "raw.mha"), useCompression=False)
    touch(tmp_path / "a.seg.nrrd")
    assert names(tmp_path) == ["a", "b"]
    assert skipped(tmp_path) == {
        "a.seg.nrrd": "is a segmentation",
        "a_liver.nii.gz": "is a label map",
        "empty.nrrd": "is a label map",
        "raw.mha": "is a label map",
    }


def blank(volume: Volume) -> Volume:
    return Volume(np.zeros_like(volume.array), volume.grid)


@pytest.mark.parametrize("name", ["normalized 0..1", "8-bit picture", "MR", "lost intercept", "2D nii.gz", "RGB nrrd"])
def test_a_scan_that_can_not_be_used_is_a_case_that_fails_and_not_a_label_map(tmp_path: Path, name: str) -> None:
    (bad,) = (bad for bad in BAD_INPUTS if bad.name == name)
    bad.make(tmp_path)
    assert len(names(tmp_path)) == 1


def test_the_results_of_an_earlier_batch_are_no_input(tmp_path: Path) -> None:
    touch(tmp_path / "a.nii.gz", tmp_path / "results" / "b.nii.gz", tmp_path / "results" / LEDGER_NAME)
    assert names(tmp_path) == ["a"]
    assert skipped(tmp_path) == {"results": "holds the results of a batch"}


def test_other_modalities_and_localizers_are_skipped_with_their_reason(tmp_path: Path) -> None:
    write_series(tmp_path / "study", tiny_ct(), uid=SERIES_A, name="a{:03d}.dcm")
    write_series(tmp_path / "study", tiny_ct(), of_modality("SEG"), uid=SERIES_B, name="b{:03d}.dcm", only=[0])
    assert names(tmp_path) == ["study"]
    assert list(skipped(tmp_path).values()) == ["is of modality SEG, not CT"]


def of_modality(modality: str) -> Callable[[Dataset, int], None]:
    def edit(dataset: Dataset, _: int) -> None:
        dataset.Modality = modality

    return edit


def test_patients_studies_and_series_mixed_in_one_folder_without_endings_are_told_apart(tmp_path: Path) -> None:
    for number, uid in enumerate((SERIES_A, SERIES_B, "1.2.33333333")):

        def of_patient(dataset: Dataset, _: int, number: int = number) -> None:
            dataset.PatientID, dataset.StudyInstanceUID, dataset.StudyDate = f"P{number}", f"1.2.{number}", "20240229"

        write_series(tmp_path / "mixed", tiny_ct(), of_patient, uid=uid, name=f"{number}IM{{:04d}}")
    found = discover(tmp_path, tmp_path / "out").cases
    assert {(case.series_uid, case.facts.patient, case.facts.study, len(case.files)) for case in found} == {
        (SERIES_A, "P0", "1.2.0", 20),
        (SERIES_B, "P1", "1.2.1", 20),
        ("1.2.33333333", "P2", "1.2.2", 20),
    }
    assert {(case.facts.date, case.facts.slices, case.facts.thickness_mm) for case in found} == {
        ("2024-02-29", 20, 8.0)
    }


def test_copies_of_a_series_are_cases_of_their_own_and_a_series_in_several_folders_is_one(tmp_path: Path) -> None:
    study = write_series(tmp_path / "study", tiny_ct(), uid=SERIES_A)
    shutil.copytree(study, tmp_path / "again" / "study")
    for part, slices in (("1", range(10)), ("2", range(10, 20))):
        write_series(tmp_path / "spread" / part, tiny_ct(), uid=SERIES_B, only=slices)
    assert names(tmp_path) == ["again/study", "spread", "study"]


def test_a_dicomdir_stands_for_its_folder(tmp_path: Path) -> None:
    folder = write_series(tmp_path / "disc" / "IMAGES", tiny_ct(), uid=SERIES_A, name="IM{:04d}")
    files = FileSet()
    for path in sorted(folder.iterdir()):
        dataset = dcmread(path)
        dataset.PatientID, dataset.PatientName, dataset.StudyDate, dataset.StudyTime = "P", "P", "20240101", "120000"
        dataset.StudyID, dataset.SeriesNumber = "1", 1
        files.add(dataset)
    files.write(tmp_path / "media")
    (case,) = discover(tmp_path / "media" / "DICOMDIR", tmp_path / "out").cases
    assert case.series_uid == SERIES_A
    assert read_volume(case.path, case.series_uid).volume.grid.size == tiny_ct().grid.size


def test_a_missing_input_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"nowhere does not exist"):
        discover(tmp_path / "nowhere", tmp_path / "out")
