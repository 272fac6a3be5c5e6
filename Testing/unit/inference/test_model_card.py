"""A model card is read completely or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference.model_card import Calibration, read_model_card
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR


def a_card() -> dict[str, Any]:
    network = {
        "spatial_dims": 3, "in_channels": 1, "out_channels": 3,
        "init_filters": 8, "blocks_down": [1, 1], "blocks_up": [1],
    }  # fmt: skip
    stage = {
        "network": network, "spacing_mm": [3, 3, 3], "window_hu": [-40, 160], "patch": [32, 48, 48], "overlap": 0.5,
        "weights": "tiny.safetensors", "sha256": "0" * 64,
    }  # fmt: skip
    classes = ["background", "liver", "liver tumor"]
    return {
        "format": 1, "name": "tiny", "version": "1", "license": "CC0", "classes": classes, "stages": {"coarse": stage},
    }  # fmt: skip


def written(folder: Path, content: Any) -> Path:
    path = folder / "tiny.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_reads_what_the_card_says(tmp_path: Path) -> None:
    card = read_model_card(written(tmp_path, a_card()))
    stage = card.stages["coarse"]
    assert (card.name, card.version) == ("tiny", "1")
    assert stage.spacing_mm == (3, 3, 3)
    assert stage.network.blocks_down == (1, 1)
    assert card.weights_path(stage) == tmp_path / "tiny.safetensors"
    assert card.segments == LIVER_AND_TUMOR


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model card at .*absent\.json"):
        read_model_card(tmp_path / "absent.json")


@pytest.mark.parametrize("content", ["{", "\x00", "[]", '"text"', "{}"])
def test_what_is_no_card_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ModelError, match=r"tiny\.json"):
        read_model_card(written(tmp_path, content))


def test_another_format_asks_for_an_update(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="format 2"):
        read_model_card(written(tmp_path, {**a_card(), "format": 2}))


def test_other_classes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="classes must be"):
        read_model_card(written(tmp_path, {**a_card(), "classes": ["background", "spleen"]}))


def test_weights_can_not_be_taken_from_another_folder(tmp_path: Path) -> None:
    card = a_card()
    card["stages"]["coarse"]["weights"] = "../elsewhere.safetensors"
    with pytest.raises(ModelError, match="file name beside the card"):
        read_model_card(written(tmp_path, card))


def test_a_card_without_a_calibration_changes_nothing_and_keeps_every_lesion(tmp_path: Path) -> None:
    stage = read_model_card(written(tmp_path, a_card())).stages["coarse"]
    assert stage.calibration == Calibration(1.0, 0.0, 0.0, 1.0, 0.0)


def test_the_calibration_is_read(tmp_path: Path) -> None:
    card = a_card()
    card["stages"]["coarse"]["calibration"] = {"temperature": 1.5, "lesion_threshold": 0.25}
    calibration = read_model_card(written(tmp_path, card)).stages["coarse"].calibration
    assert (calibration.temperature, calibration.lesion_threshold) == (1.5, 0.25)


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"lesion_threshold": 1.5}, {"heat": 1.0}, [], "warm"])
def test_a_calibration_that_makes_no_sense_is_refused(tmp_path: Path, wrong: Any) -> None:
    card = a_card()
    card["stages"]["coarse"]["calibration"] = wrong
    with pytest.raises(ModelError, match=r"tiny\.json"):
        read_model_card(written(tmp_path, card))


def test_a_card_that_names_no_inputs_means_the_intensity_alone(tmp_path: Path) -> None:
    assert read_model_card(written(tmp_path, a_card())).stages["coarse"].inputs == ("intensity",)


@pytest.mark.parametrize("inputs", [["intensity", "leftward"], [], ["temperature"]])
def test_inputs_that_are_unknown_or_do_not_fit_the_networks_channels_are_refused(
    tmp_path: Path, inputs: list[str]
) -> None:
    card = a_card()
    card["stages"]["coarse"]["inputs"] = inputs
    with pytest.raises(ModelError, match="inputs must name"):
        read_model_card(written(tmp_path, card))
