"""The papers' datasets are recognized and read in the layouts in which they are handed out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from LightMSegmentationLib.cli.case_pairs import find_pairs
from LightMSegmentationLib.datasets.dataset import split_of
from LightMSegmentationLib.datasets.find import find_dataset
from LightMSegmentationLib.datasets.synapse import read_prepared
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.training.cases import read_manifest


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_lits_in_its_two_batches(tmp_path: Path) -> None:
    touch(tmp_path, *(f"Training Batch {1 + n // 2}/{kind}-{n}.nii" for n in range(4) for kind in
                      ("volume", "segmentation")), "test/test-volume-0.nii")  # fmt: skip

    found = find_dataset(tmp_path)

    assert found.title == "LiTS"
    assert [case.name for case in found.labeled] == [f"volume-{n}" for n in range(4)]
    assert found.labeled[3].masks[0].name == "segmentation-3.nii"
    (test,) = (case for case in found.cases if case.split == "test")
    assert (test.name, test.masks) == ("test-volume-0", ())


def test_task03_of_the_decathlon_without_what_macos_left(tmp_path: Path) -> None:
    touch(tmp_path, "dataset.json", "imagesTr/liver_0.nii.gz", "imagesTr/liver_11.nii.gz", "imagesTr/._liver_0.nii.gz",
          "labelsTr/liver_0.nii.gz", "labelsTr/liver_11.nii.gz", "imagesTs/liver_132.nii.gz")  # fmt: skip

    found = find_dataset(tmp_path)

    assert found.title == "MSD Task03 Liver"
    assert [case.name for case in found.labeled] == ["liver_0", "liver_11"]
    assert [case.name for case in found.cases if case.split == "test"] == ["liver_132"]


def test_montgomery_with_both_lungs_and_shenzhen_with_one_mask(tmp_path: Path) -> None:
    touch(tmp_path / "m", "CXR_png/MCUCXR_0001_0.png", *(f"ManualMask/{side}Mask/MCUCXR_0001_0.png" for side in
                                                         ("left", "right")))  # fmt: skip
    touch(tmp_path / "s", "CXR_png/CHNCXR_0001_0.png", "CXR_png/CHNCXR_0002_0.png", "mask/CHNCXR_0001_0_mask.png")

    (montgomery,), (shenzhen,) = (find_dataset(tmp_path / name).labeled for name in "ms")

    assert [path.parent.name for path in montgomery.masks] == ["leftMask", "rightMask"]
    assert [path.name for path in shenzhen.masks] == ["CHNCXR_0001_0_mask.png"]
    assert [case.split for case in find_dataset(tmp_path / "s").cases][1] == "test"


def test_isic_as_the_authors_and_as_the_challenge_hand_it_out(tmp_path: Path) -> None:
    touch(tmp_path / "a", *(f"{part}/{kind}/ISIC_{n}.png" for part in ("train", "val") for kind in ("images", "masks")
                            for n in (1, 2)))  # fmt: skip
    touch(tmp_path / "c", "ISIC2018_Task1-2_Training_Input/ISIC_7.jpg", "ISIC2018_Task1-2_Validation_Input/ISIC_8.jpg",
          "ISIC2018_Task1_Training_GroundTruth/ISIC_7_segmentation.png", "ISIC2018_Task1-2_Test_Input/ISIC_9.jpg",
          "ISIC2018_Task1_Validation_GroundTruth/ISIC_8_segmentation.png")  # fmt: skip
    touch(tmp_path / "b", "ISIC-2017_Training_Data/ISIC_3.jpg", "ISIC-2017_Training_Data/ISIC_3_superpixels.png",
          "ISIC-2017_Training_Part1_GroundTruth/ISIC_3_segmentation.png")  # fmt: skip

    splits = {name: [(case.name, case.split, len(case.masks)) for case in find_dataset(tmp_path / name).cases]
              for name in "abc"}  # fmt: skip

    assert splits["a"] == [("ISIC_1", "train", 1), ("ISIC_2", "train", 1), ("ISIC_1", "validation", 1),
                           ("ISIC_2", "validation", 1)]  # fmt: skip
    assert splits["b"] == [("ISIC_3", "train", 1)]
    assert sorted(splits["c"]) == [("ISIC_7", "train", 1), ("ISIC_8", "validation", 1), ("ISIC_9", "test", 0)]


def write_synapse(folder: Path) -> None:
    """Write two training slices; the volume of the test part is left to the test that can write it."""
    lists = folder / "lists" / "lists_Synapse"
    lists.mkdir(parents=True)
    (folder / "train_npz").mkdir()
    names = [f"case0005_slice00{k}" for k in range(2)]
    for number, name in enumerate(names):
        label = np.full((4, 6), number, dtype=np.uint8)
        np.savez(folder / "train_npz" / f"{name}.npz", image=np.full((4, 6), 0.5), label=label)
    (lists / "train.txt").write_text("\n".join(names) + "\n")


def test_synapse_by_its_lists(tmp_path: Path) -> None:
    write_synapse(tmp_path)

    found = find_dataset(tmp_path)
    image, label = read_prepared(found.cases[1].image)

    assert [(case.name, case.patient, case.split) for case in found.cases] == [
        ("case0005_slice000", "case0005", "train"),
        ("case0005_slice001", "case0005", "train"),
    ]
    assert (image.dtype, label.dtype, image.shape) == (np.float32, np.uint8, (4, 6))
    assert (image[0, 0], label[0, 0]) == (0.5, 1)


def test_a_volume_of_synapse_is_read(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="h5py, which reads the test volumes, is not installed")
    with h5py.File(tmp_path / "case0001.npy.h5", "w") as file:
        file["image"], file["label"] = np.zeros((3, 4, 6)), np.full((3, 4, 6), 8)
    image, label = read_prepared(tmp_path / "case0001.npy.h5")
    assert (image.shape, label.max()) == ((3, 4, 6), 8)


def test_what_a_list_names_must_be_there_and_whole(tmp_path: Path) -> None:
    write_synapse(tmp_path)
    path = tmp_path / "train_npz" / "case0005_slice001.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(UnusableInputError, match="no prepared slice or volume of Synapse"):
        read_prepared(path)
    path.unlink()
    with pytest.raises(UnusableInputError, match=r"train\.txt names case0005_slice001\.npz, which is not in train_npz"):
        find_dataset(tmp_path)


def test_objects_in_a_slice_are_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "slice.npz", image=np.array([object()]), label=np.zeros(1))
    with pytest.raises(UnusableInputError):
        read_prepared(tmp_path / "slice.npz")


@pytest.mark.parametrize("names", [[], ["scan.nii.gz"], ["imagesTr/pancreas_001.nii.gz"]])
def test_other_folders_are_no_dataset(tmp_path: Path, names: list[str]) -> None:
    touch(tmp_path, *names)
    assert find_dataset(tmp_path) is None
    assert find_dataset(tmp_path / "gone") is None


def test_a_patient_is_always_in_the_same_split_and_one_in_five_validates() -> None:
    splits = [split_of(f"volume-{n}") for n in range(1000)]
    assert splits == [split_of(f"volume-{n}") for n in range(1000)]
    assert 150 < splits.count("validation") < 250


def test_lits_and_the_decathlon_are_cases_to_train_with(tmp_path: Path) -> None:
    touch(tmp_path / "lits", "volume-0.nii", "segmentation-0.nii", "test-volume-3.nii")
    touch(tmp_path / "msd", "imagesTr/liver_0.nii.gz", "labelsTr/liver_0.nii.gz", "imagesTs/liver_9.nii.gz")

    (lits,), (msd,) = (read_manifest(tmp_path / name) for name in ("lits", "msd"))

    assert (lits.image.name, lits.label.name, lits.labels) == ("volume-0.nii", "segmentation-0.nii", "liver+tumor")
    assert (msd.name, msd.source) == ("liver_0", "MSD Task03 Liver")
    with pytest.raises(UnusableInputError, match=r"no manifest\.csv and is no dataset of liver tumors"):
        read_manifest(tmp_path / "lits" / "gone")


def test_predictions_for_lits_are_paired_by_the_names_of_its_scans(tmp_path: Path) -> None:
    touch(tmp_path / "lits", *(f"{kind}-{n}.nii" for kind in ("volume", "segmentation") for n in (0, 10)))
    touch(tmp_path / "mine", "volume-10.nii.gz", "volume-0_segmentation.seg.nrrd")

    pairs = find_pairs(tmp_path / "mine", tmp_path / "lits")

    assert [(pair.name, pair.reference.name) for pair in pairs] == [
        ("volume-0", "segmentation-0.nii"),
        ("volume-10", "segmentation-10.nii"),
    ]
    touch(tmp_path / "mine", "volume-11.nii.gz")
    with pytest.raises(UnusableInputError, match="LiTS has no reference for volume-11"):
        find_pairs(tmp_path / "mine", tmp_path / "lits")
