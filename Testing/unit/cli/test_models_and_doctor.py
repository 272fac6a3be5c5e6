"""``lightm models`` and ``lightm doctor`` tell what is installed and whether it works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.inference.model_store import installed_cards


@pytest.fixture
def user_models(tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a user's models folder that holds the small model under the built-in name."""
    card = Path(model)
    (tmp_path / "liver-tumor.json").write_bytes(card.read_bytes())
    weights = card.with_name("tiny.safetensors")
    (tmp_path / weights.name).write_bytes(weights.read_bytes())
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path))
    return tmp_path


def test_models_are_listed_and_verified(user_models: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("liver-tumor") and line.endswith("weights verified") for line in lines)
    assert lines[-1] == f"Own models go to {user_models}"


def test_a_damaged_model_is_marked_and_its_card_is_not_shown(user_models: Path, capsys: pytest.CaptureFixture[str]):
    (user_models / "tiny.safetensors").write_bytes(b"nothing")
    assert main(["models", "--json"]) == 0
    (listed,) = (one for one in json.loads(capsys.readouterr().out)["models"] if one["name"] == "liver-tumor")
    assert "tiny.safetensors" in listed["problem"]
    assert main(["models", "show", "liver-tumor"]) == 4
    assert "tiny.safetensors" in capsys.readouterr().err


def test_a_card_is_shown_with_everything_that_people_should_know(model: str, capsys: pytest.CaptureFixture[str]):
    assert main(["models", "show", model]) == 0
    text = capsys.readouterr().out
    assert text.startswith("tiny 1.0, weights verified\nlicense: CC0-1.0\nstage coarse: 6 x 6 x 6 mm")
    assert "intended use: tests" in text
    assert "training:\n  - one phantom" in text


def test_an_unknown_model_ends_with_4(capsys: pytest.CaptureFixture[str]):
    assert main(["models", "show", "unknown"]) == 4
    assert "No model named 'unknown'" in capsys.readouterr().err


@pytest.mark.usefixtures("user_models")
def test_a_healthy_installation_can_segment(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["can_segment"], found["problems"]) == (True, [])
    assert {"name": "cpu", "works": True, "reason": None} in found["devices"]
    assert any(backend["works"] for backend in found["backends"])
    assert {backend["name"] for backend in found["backends"]} >= {"numba", "reference"}
    assert found["memory"]["available_bytes"] > 0
    assert found["disk"]["free_bytes"] > 0
    assert found["versions"]["torch"]
    assert {model["name"] for model in found["models"]} == installed_cards().keys()


def test_without_a_whole_model_nothing_can_be_segmented(user_models: Path, capsys: pytest.CaptureFixture[str]):
    (user_models / "tiny.safetensors").unlink()
    assert main(["doctor"]) == 4
    assert "tiny.safetensors is missing" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.usefixtures("user_models")
def test_people_get_lines(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("lightm ")
    assert lines[-1] == "Ready to segment."
