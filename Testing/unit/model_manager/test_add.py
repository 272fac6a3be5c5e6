"""Models of the user's own are added once, whole, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from LightMSegmentationLib.errors import ModelError, UsageError
from LightMSegmentationLib.inference.any_model import load_any_model
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.model_manager.add import AddOptions, add_model

from Testing.data.checkpoints import (
    lightm_unet,
    vm_unet,
    write_malicious,
    write_own_model,
    write_result_folder,
    write_vm_unet,
)


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty models folder of the user's."""
    folder = tmp_path / "models"
    monkeypatch.setenv("LIGHTM_MODELS", str(folder))
    return folder


def loaded(name: str, mode: Mode = Mode.FULL):
    return load_any_model(SegmentationSettings(mode, model=name, backend="reference")).predictor


def test_a_vm_unet_checkpoint_becomes_safetensors_and_a_card(tmp_path: Path, models: Path) -> None:
    card = read_model_card(add_model(write_vm_unet(tmp_path / "Best Epoch.pth"), AddOptions()))

    assert sorted(path.name for path in models.iterdir()) == ["best-epoch.json", "best-epoch.safetensors"]
    assert (card.name, card.classes, card.foreign.source) == ("best-epoch", ("background", "lesion"), "photo")
    weights = loaded("best-epoch").network.state_dict()
    assert all(torch.equal(weights[name], tensor) for name, tensor in vm_unet(1).state_dict().items())


def test_nine_classes_are_taken_for_the_organs_of_synapse(tmp_path: Path) -> None:
    card = read_model_card(add_model(write_vm_unet(tmp_path / "organs.pth", classes=9), AddOptions(license="MIT")))

    assert (card.foreign.source, card.foreign.size, card.license) == ("ct", (224, 224), "MIT")
    assert card.foreign.labels["liver"] == 5


def test_labels_and_source_can_be_named(tmp_path: Path) -> None:
    path = write_vm_unet(tmp_path / "m.pth", classes=3)
    options = AddOptions("skin", source="photo", labels=("background", "nevus", "melanoma"))
    assert read_model_card(add_model(path, options)).foreign.labels == {"background": 0, "nevus": 1, "melanoma": 2}
    with pytest.raises(UsageError, match="tells 3 classes, background included; 1 were named"):
        add_model(path, AddOptions("other", labels=("skin",)))


def test_three_slices_can_be_the_three_colors(tmp_path: Path) -> None:
    path = write_vm_unet(tmp_path / "organs.pth", classes=9)
    assert read_model_card(add_model(path, AddOptions(neighbors=1))).foreign.neighbors == 1
    torch.save(lightm_unet(2, 2).state_dict(), tmp_path / "gray.pth")
    with pytest.raises(UsageError, match="no place for neighboring slices"):
        add_model(tmp_path / "gray.pth", AddOptions(neighbors=1))


def test_a_flat_lightm_unet_is_added_and_a_solid_one_needs_its_plans(tmp_path: Path) -> None:
    for dims in (2, 3):
        torch.save(lightm_unet(dims, 2).state_dict(), tmp_path / f"m{dims}.pth")
    assert read_model_card(add_model(tmp_path / "m2.pth", AddOptions())).foreign.architecture == "lightm-unet"
    with pytest.raises(ModelError, match="three-dimensional LightM-UNet, and does not say how its input was made"):
        add_model(tmp_path / "m3.pth", AddOptions())


def test_a_malicious_checkpoint_adds_nothing_and_runs_nothing(tmp_path: Path, models: Path) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(ModelError, match="refused"):
        add_model(write_malicious(tmp_path / "best.pth", trace), AddOptions())
    assert not trace.exists()
    assert list(models.iterdir()) == []


def test_a_checkpoint_that_differs_in_a_shape_is_refused_by_that_name(tmp_path: Path, models: Path) -> None:
    weights = vm_unet(1).state_dict() | {"vmunet.final_up.norm.weight": torch.zeros(7)}
    torch.save(weights, tmp_path / "best.pth")
    with pytest.raises(ModelError, match=r"does not fit the published network: vmunet\.final_up\.norm\.weight"):
        add_model(tmp_path / "best.pth", AddOptions())
    assert list(models.iterdir()) == []


def test_all_folds_of_a_result_folder_become_one_model(tmp_path: Path, models: Path) -> None:
    folder = write_result_folder(tmp_path / "results", folds=("0", "3", "all"))

    card = read_model_card(add_model(folder, AddOptions()))

    assert card.name == "dataset801-liverct-3d-fullres"
    assert sorted(card.weights_files) == [f"{card.name}-fold_{fold}.safetensors" for fold in (0, 3)]
    assert card.foreign.mirror_axes == (0, 1, 2)
    assert card.foreign.transpose_forward == (1, 0, 2)
    assert loaded(card.name).mirror_axes == (0, 1, 2)
    assert loaded(card.name, Mode.FAST).mirror_axes == ()
    assert (models / f"{card.name}.json").is_file()


def test_a_training_on_all_cases_counts_where_it_is_alone_and_the_best_moment_where_it_never_ended(
    tmp_path: Path,
) -> None:
    folder = write_result_folder(tmp_path / "results", "2d", folds=("all",), name="checkpoint_best.pth")
    card = read_model_card(add_model(folder, AddOptions("flat")))
    assert list(card.weights_files) == ["flat-fold_all.safetensors"]
    assert card.foreign.dims == 2


def test_own_training_output_is_copied_with_its_weights(tmp_path: Path, models: Path) -> None:
    write_own_model(tmp_path / "output")

    add_model(tmp_path / "output", AddOptions())

    assert sorted(path.name for path in models.iterdir()) == ["own.json", "own.safetensors"]
    assert load_model(SegmentationSettings(model="own", backend="reference")).stages.keys() == {"coarse"}


def test_a_damaged_card_of_ones_own_is_not_copied(tmp_path: Path, models: Path) -> None:
    card = write_own_model(tmp_path / "output")
    (tmp_path / "output" / "own.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged or was exchanged"):
        add_model(card, AddOptions())
    assert list(models.iterdir()) == []


def test_weights_never_replace_those_of_another_model(tmp_path: Path, models: Path) -> None:
    add_model(write_own_model(tmp_path / "first"), AddOptions())
    before = (models / "own.safetensors").read_bytes()

    with pytest.raises(UsageError, match=r"other weights named 'own\.safetensors'"):
        add_model(write_own_model(tmp_path / "second", seed=1), AddOptions("second"))

    assert sorted(path.name for path in models.iterdir()) == ["own.json", "own.safetensors"]
    assert (models / "own.safetensors").read_bytes() == before


def test_a_name_is_given_once(tmp_path: Path) -> None:
    path = write_vm_unet(tmp_path / "skin.pth")
    add_model(path, AddOptions())
    with pytest.raises(UsageError, match="There is a model named 'skin' already"):
        add_model(path, AddOptions())


@pytest.mark.parametrize("name", ["../skin", "skin/other", "Skin", "con", ".skin", "s k"])
def test_a_name_that_is_no_file_name_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="can't be the name of a model"):
        add_model(write_vm_unet(tmp_path / "skin.pth"), AddOptions(name))


def test_what_is_no_model_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "scan.nii").write_bytes(b"")
    for path, sentence in ((tmp_path / "scan.nii", "nothing that a model"), (tmp_path / "gone", "nothing at")):
        with pytest.raises(UsageError, match=sentence):
            add_model(path, AddOptions())
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no model card"):
        add_model(tmp_path / "empty", AddOptions())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"resampling_fn_data": "resample_torch_fornnunet"}, "resamples by 'resample_torch_fornnunet'"),
        ({"normalization_schemes": ["MyNormalization"]}, "normalizes intensities by 'MyNormalization'"),
        ({"patch_size": None}, "incomplete or of another version"),
    ],
)
def test_plans_that_are_not_supported_are_refused_in_a_sentence(tmp_path: Path, change: dict, sentence: str) -> None:
    folder = write_result_folder(tmp_path / "results")
    plans = json.loads((folder / "plans.json").read_text())
    plans["configurations"]["3d_fullres"] |= change
    (folder / "plans.json").write_text(json.dumps(plans))
    with pytest.raises(ModelError, match=sentence):
        add_model(folder, AddOptions())


def test_a_training_on_regions_or_of_another_network_is_refused(tmp_path: Path) -> None:
    folder = write_result_folder(tmp_path / "results")
    dataset = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(dataset | {"labels": {"background": 0, "organ": [1, 2]}}))
    with pytest.raises(ModelError, match="trained on regions"):
        add_model(folder, AddOptions())
    torch.save({"network_weights": {"encoder.stages.0.0.w": torch.zeros(1)}}, folder / "fold_0/checkpoint_final.pth")
    with pytest.raises(ModelError, match="nnU-Net's own U-Net"):
        add_model(folder, AddOptions())


def test_a_result_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    folder = write_result_folder(tmp_path / "results", name="checkpoint_latest.pth")
    with pytest.raises(ModelError, match=r"no fold_N in it holds checkpoint_final\.pth or checkpoint_best\.pth"):
        add_model(folder, AddOptions())
