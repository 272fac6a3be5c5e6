"""Every configuration of the papers learns a trivial shape, and its model segments by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.slices.run import train_slices

from Testing.data.picture_datasets import write_isic, write_montgomery, write_synapse
from Testing.unit.training.slices.conftest import WriteConfig


def train(config: Path, data: Path, tmp_path: Path) -> Path:
    """Train by the command line, add the model, and return its state folder."""
    state = tmp_path / "state"
    assert main(["train", str(config), "--data", str(data), "--state", str(state)]) == 0
    assert main(["models", "add", str(state / "model")]) == 0
    return state


def test_vm_unet_learns_spots_on_skin(
    write_config: WriteConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_isic(tmp_path / "isic")
    train(write_config(epochs=15, validation_epochs=5), data, tmp_path)
    masks = tmp_path / "masks"
    for photo in sorted((data / "val" / "images").iterdir()):
        words = ["segment", str(photo), "--model", "skin", "-o", str(masks / f"{photo.stem}.png")]
        assert main(words) == 0
    capsys.readouterr()
    assert main(["evaluate", str(masks), str(data / "val" / "masks"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pictures"] == 2
    assert found["dsc"] > 0.85


def test_lightm_unet_learns_both_lungs(
    write_config: WriteConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_montgomery(tmp_path / "montgomery")
    state = train(write_config("lungs-lightm-unet", epochs=10), data, tmp_path)
    assert Journal(state).entries("validation")[-1]["dsc"] > 0.9
    masks = tmp_path / "masks"
    photo = data / "CXR_png" / "MCUCXR_0000_0.png"
    assert main(["segment", str(photo), "--model", "lungs", "-o", str(masks / photo.name)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(masks), str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dsc"] > 0.9


def test_vm_unet_learns_organs_on_prepared_slices_and_finds_them_on_ct(
    write_config: WriteConfig, tmp_path: Path
) -> None:
    data = write_synapse(tmp_path / "synapse")
    optimizer = {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 0.01}
    config = write_config("organs-vm-unet", epochs=40, optimizer=optimizer, augmentation={})
    state = train(config, data, tmp_path)
    assert Journal(state).entries("validation") == [], "Synapse has no validation part"
    slices = [np.load(path) for path in sorted((data / "train_npz").iterdir())]
    hu = np.stack([one["image"] for one in slices]) * 400.0 - 125.0
    hu[:, :2] = -1000.0  # air, which a CT has
    scan = sitk.GetImageFromArray(hu.astype(np.int16))
    scan.SetSpacing((8.0, 8.0, 10.0))
    sitk.WriteImage(scan, str(tmp_path / "ct.nii.gz"))
    out = tmp_path / "organs.nii.gz"

    assert main(["segment", str(tmp_path / "ct.nii.gz"), "--model", "organs", "-o", str(out)]) == 0

    found, wanted = sitk.GetArrayFromImage(sitk.ReadImage(str(out))), np.stack([one["label"] for one in slices])
    for value in (5, 7):
        overlap = np.count_nonzero((found == value) & (wanted == value))
        assert 2 * overlap > 0.8 * (np.count_nonzero(found == value) + np.count_nonzero(wanted == value))


def test_the_card_tells_data_accuracy_and_settings(
    write_config: WriteConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(epochs=1, validation_epochs=1)
    train_slices(config, tmp_path / "state", data=write_isic(tmp_path / "isic", train=2, validation=1))
    main(["models", "show", str(tmp_path / "state" / "model" / "skin.json")])
    told = capsys.readouterr().out
    assert "source: ISIC" in told
    assert "accuracy: Dice 0." in told
    assert "steps: 1" in told


@pytest.mark.parametrize("words", [["--fold", "1/5"], ["--imagenet", "classifier.pth"]])
def test_what_does_not_fit_gets_a_sentence(
    words: list[str], write_config: WriteConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config("lungs-lightm-unet", epochs=1)
    assert main(["train", str(config), "--data", str(tmp_path), *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_pictures_of_another_source_are_refused(
    write_config: WriteConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_synapse(tmp_path / "synapse", count=2)
    assert main(["train", str(write_config()), "--data", str(data)]) == 2
    assert "no pictures for a network that looks at the source 'photo'" in capsys.readouterr().err
    assert main(["train", str(write_config()), "--data", str(tmp_path)]) == 2
    assert main(["train", str(write_config())]) == 2
