"""Cases survive packing: where they are, what is known of them, and their intensities."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.training.archive import load_archive, pack_archive
from LightMSegmentationLib.training.cases import read_manifest
from LightMSegmentationLib.training.config import ArchiveConfig
from LightMSegmentationLib.training.intensity import decode, encode, normalize
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER_OR_TUMOR, TUMOR, UNKNOWN, target_codes

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("case", "patient", "split", "labels", "phase", "source", "licence")
SAME_SPACING = ArchiveConfig("all", (2.0, 2.0, 2.0))


def write_case(folder: Path, name: str, *, flipped: bool = False) -> np.ndarray:
    """Write a small CT with a box of liver and a tumor in it; return its labels in canonical axes."""
    labels = np.zeros((12, 14, 16), np.uint8)
    labels[3:9, 4:10, 5:12] = 1
    labels[5:7, 6:8, 7:9] = 2
    hu = np.where(labels == 2, 60, np.where(labels == 1, 100, -40)).astype(np.int16)
    for kind, array in (("ct", hu), ("label", labels)):
        image = sitk.GetImageFromArray(array)
        image.SetSpacing((2.0, 2.0, 2.0))
        if flipped:
            image = sitk.DICOMOrient(image, "RAI")
        sitk.WriteImage(image, folder / f"{name}_{kind}.nii.gz")
    return labels


def write_manifest(folder: Path, *rows: tuple[str, str, str, str]) -> None:
    """Write the manifest; a row is case, patient, split and kind of labels."""
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows((*row, "portal venous", "phantom", "CC0") for row in rows)


def test_a_packed_case_comes_back_with_its_labels_and_intensities(tmp_path: Path) -> None:
    labels = write_case(tmp_path, "one")
    write_manifest(tmp_path, ("one", "p1", "train", "liver+tumor"))
    pack_archive(read_manifest(tmp_path), SAME_SPACING, tmp_path / "all.npz")
    archive = load_archive(tmp_path / "all.npz")
    (case,) = archive.split("train")
    assert archive.spacing_mm == (2.0, 2.0, 2.0)
    assert (case.name, case.patient, case.labels) == ("one", "p1", "liver+tumor")
    np.testing.assert_array_equal(case.target, labels)
    np.testing.assert_array_equal(decode(case.image)[labels == 2], 60.0)
    np.testing.assert_array_equal(decode(case.image)[labels == 1], 100.0)


def test_the_axes_of_the_file_do_not_matter(tmp_path: Path) -> None:
    labels = write_case(tmp_path, "turned", flipped=True)
    write_manifest(tmp_path, ("turned", "p1", "train", "liver+tumor"))
    pack_archive(read_manifest(tmp_path), SAME_SPACING, tmp_path / "all.npz")
    (case,) = load_archive(tmp_path / "all.npz").cases
    np.testing.assert_array_equal(case.target, labels)


def test_a_margin_cuts_the_case_to_its_liver(tmp_path: Path) -> None:
    write_case(tmp_path, "one")
    write_manifest(tmp_path, ("one", "p1", "train", "liver+tumor"))
    pack_archive(read_manifest(tmp_path), ArchiveConfig("all", (2.0, 2.0, 2.0), margin_mm=2.0), tmp_path / "all.npz")
    (case,) = load_archive(tmp_path / "all.npz").cases
    assert case.target.shape == (6 + 2, 6 + 2, 7 + 2)


def test_only_training_and_validation_cases_are_packed(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_case(tmp_path, name)
    write_manifest(
        tmp_path, ("a", "pa", "train", "liver"), ("b", "pb", "validation", "liver"), ("c", "pc", "demo", "liver")
    )
    pack_archive(read_manifest(tmp_path), SAME_SPACING, tmp_path / "all.npz")
    assert [case.name for case in load_archive(tmp_path / "all.npz").cases] == ["a", "b"]


def test_a_patient_in_two_splits_is_refused(tmp_path: Path) -> None:
    write_manifest(tmp_path, ("a", "same", "train", "liver"), ("b", "same", "validation", "liver"))
    with pytest.raises(UnusableInputError, match="more than one split"):
        read_manifest(tmp_path)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK not an archive")
    with pytest.raises(UnusableInputError, match=r"broken\.npz"):
        load_archive(path)


def test_a_liver_without_tumor_labels_may_be_tumor_everywhere() -> None:
    labels = np.array([[[0, 1, 1]]], np.uint8)
    np.testing.assert_array_equal(
        target_codes(labels, "liver", (1.0, 1.0, 1.0)), [[[BACKGROUND, LIVER_OR_TUMOR, LIVER_OR_TUMOR]]]
    )


def test_expert_labels_are_taken_as_they_are() -> None:
    labels = np.array([[[0, 1, 2]]], np.uint8)
    np.testing.assert_array_equal(target_codes(labels, "liver+tumor", (1.0, 1.0, 1.0)), labels)
    assert target_codes(labels, "liver+tumor", (1.0, 1.0, 1.0))[0, 0, 2] == TUMOR


def test_a_bay_in_a_pseudo_label_is_unknown_and_a_wide_gap_is_background() -> None:
    labels = np.ones((3, 3, 60), np.uint8)
    labels[:, :, 10:14] = 0
    labels[:, :, 25:] = 0
    codes = target_codes(labels, "liver-pseudo", (5.0, 5.0, 5.0))[1, 1]
    np.testing.assert_array_equal(codes[10:14], UNKNOWN)
    np.testing.assert_array_equal(codes[30:], BACKGROUND)


def test_hounsfield_units_are_stored_to_two_and_clamped_to_the_window() -> None:
    hu = np.array([-1000.0, -40.0, 0.0, 61.0, 160.0, 900.0])
    stored = decode(encode(hu))
    assert np.abs(stored - np.clip(hu, -40, 160)).max() <= 2.0
    np.testing.assert_allclose(normalize(hu)[[0, 1, 4, 5]], [-1.0, -1.0, 1.0, 1.0])
