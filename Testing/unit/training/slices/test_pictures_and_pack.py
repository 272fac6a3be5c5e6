"""Pictures are packed as the network will see them when it segments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.imaging.photo import read_photo
from LightMSegmentationLib.inference.slice_input import photo_input
from LightMSegmentationLib.training.slices.config import SliceTrainingConfig, load_slice_config
from LightMSegmentationLib.training.slices.pack import prepared_pack

from Testing.data.photos import write_mask_file
from Testing.data.picture_datasets import write_isic, write_montgomery, write_synapse
from Testing.unit.training.slices.conftest import WriteConfig


def test_a_photograph_is_packed_as_inference_sees_it(tiny_config: SliceTrainingConfig, tmp_path: Path) -> None:
    data = write_isic(tmp_path / "isic", train=2, validation=1)

    pack = prepared_pack(tmp_path / "pack", tiny_config.plan, data)

    assert pack.splits == ("train", "train", "validation")
    assert pack.images.shape == (3, 3, 32, 32)
    first = read_photo(data / "train" / "images" / "ISIC_0000000.jpg")
    assert np.abs(pack.images[0] - photo_input(first, tiny_config.plan)).max() < 0.001
    assert np.abs(pack.images[0]).max() <= 1
    assert 0.1 < pack.labels[0].mean() < 0.5


def test_both_lungs_are_one_class_of_a_gray_picture(write_config: WriteConfig, tmp_path: Path) -> None:
    plan = load_slice_config(write_config("lungs-lightm-unet")).plan
    pack = prepared_pack(tmp_path / "pack", plan, write_montgomery(tmp_path / "montgomery", count=3))
    assert pack.images.shape == (3, 1, 32, 32)
    assert pack.labels[0][:, :16].any()
    assert pack.labels[0][:, 16:].any()
    assert pack.images[0, 0][pack.labels[0] == 1].mean() < pack.images[0, 0][pack.labels[0] == 0].mean() - 0.5


def test_prepared_slices_are_repeated_to_three_channels(write_config: WriteConfig, tmp_path: Path) -> None:
    plan = load_slice_config(write_config("organs-vm-unet")).plan
    pack = prepared_pack(tmp_path / "pack", plan, write_synapse(tmp_path / "synapse", count=2))
    assert np.array_equal(pack.images[:, 0], pack.images[:, 2])
    assert set(np.unique(pack.labels)) == {0, 5, 7}
    assert pack.source.startswith("Synapse")


def test_a_pack_is_made_once_and_needs_no_dataset_afterwards(tiny_config: SliceTrainingConfig, tmp_path: Path) -> None:
    first = prepared_pack(tmp_path / "pack", tiny_config.plan, write_isic(tmp_path / "isic", train=1))
    again = prepared_pack(tmp_path / "pack", tiny_config.plan, None)
    assert again.sha256 == first.sha256
    other = replace(tiny_config.plan, size=(64, 64))
    with pytest.raises(UsageError, match="sees them otherwise"):
        prepared_pack(tmp_path / "pack", other, None)
    (tmp_path / "pack" / "images.npy").write_bytes(b"")
    with pytest.raises(UnusableInputError, match="can't be read"):
        prepared_pack(tmp_path / "pack", tiny_config.plan, None)


def test_a_mask_of_another_size_leaves_no_pack_behind(tiny_config: SliceTrainingConfig, tmp_path: Path) -> None:
    data = write_isic(tmp_path / "isic", train=2)
    write_mask_file(data / "train" / "masks" / "ISIC_0000001.png", np.zeros((3, 3), bool))
    with pytest.raises(UnusableInputError, match=r"ISIC_0000001\.png has another size"):
        prepared_pack(tmp_path / "pack", tiny_config.plan, data)
    assert not (tmp_path / "pack").exists()


def test_a_label_beyond_the_classes_is_named(write_config: WriteConfig, tmp_path: Path) -> None:
    plan = load_slice_config(write_config("organs-vm-unet")).plan
    fewer = replace(plan, labels={"background": 0, "liver": 1})
    with pytest.raises(UnusableInputError, match="has a label 7, the network tells 2 classes"):
        prepared_pack(tmp_path / "pack", fewer, write_synapse(tmp_path / "synapse", count=1))
