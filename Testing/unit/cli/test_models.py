"""``lightm models`` lists, adds, shows, verifies, carries and removes models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from LightMSegmentationLib.cli.main import main

from Testing.data.checkpoints import write_malicious, write_result_folder, write_vm_unet


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty models folder of the user's."""
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def skin(tmp_path: Path, models: Path) -> str:
    """Return the name of an added model."""
    path = write_vm_unet(tmp_path / "skin.pth")
    assert main(["models", "add", str(path)]) == 0
    assert (models / "skin.json").is_file()
    return "skin"


def test_an_added_model_is_listed_shown_and_verified(skin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    assert main(["models", "verify", skin]) == 0
    assert main(["models", "show", skin]) == 0
    text = capsys.readouterr().out
    assert "skin                 version 1        weights verified" in text
    assert "classes: background, lesion\ndimensions: 2\nweights: skin.safetensors" in text
    assert "license: Unknown: ask who trained it" in text


def test_a_result_folder_is_added_with_its_folds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_result_folder(tmp_path / "results", folds=("0", "1"))
    assert main(["models", "add", str(folder), "--name", "livers", "--license", "CC-BY-4.0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "livers"
    assert main(["models", "show", "livers"]) == 0
    assert "license: CC-BY-4.0" in capsys.readouterr().out


def test_a_malicious_file_ends_with_4_and_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_malicious(tmp_path / "best.pth", tmp_path / "trace")
    assert main(["models", "add", str(path)]) == 4
    error = capsys.readouterr().err
    assert error.startswith("lightm: best.pth was refused")
    assert error.count("\n") == 1
    assert not (tmp_path / "trace").exists()


def test_a_model_travels_in_a_file(skin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["models", "export", skin, str(tmp_path / "skin.zip")]) == 0
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "other"))
    assert main(["models", "import", str(tmp_path / "skin.zip"), "--name", "theirs"]) == 0
    assert main(["models", "verify", "theirs"]) == 0


def test_a_removed_model_leaves_nothing(skin: str, models: Path) -> None:
    assert main(["models", "remove", skin]) == 0
    assert list(models.iterdir()) == []


def test_weights_that_another_card_needs_stay(skin: str, models: Path) -> None:
    (models / "twin.json").write_bytes((models / "skin.json").read_bytes())
    assert main(["models", "remove", skin]) == 0
    assert sorted(path.name for path in models.iterdir()) == ["skin.safetensors", "twin.json"]


@pytest.mark.parametrize("name", ["liver-tumor", "../liver-tumor"])
def test_a_built_in_or_foreign_model_is_not_removed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "remove", name]) in {2, 4}
    assert capsys.readouterr().err.startswith("lightm: ")


def test_a_damaged_model_is_named_by_verify(skin: str, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "skin.safetensors").write_bytes(b"nothing")
    assert main(["models", "verify"]) == 4
    captured = capsys.readouterr()
    assert "DAMAGED" in captured.out
    assert f"models can't be used: {skin}" in captured.err


def test_the_default_is_kept_for_each_task(skin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["models", "add", str(write_vm_unet(tmp_path / "organs.pth", classes=9))])
    capsys.readouterr()
    assert main(["models", "default"]) == 0
    assert main(["models", "default", skin]) == 0
    assert main(["models", "default", "organs"]) == 0
    assert main(["models", "default"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert (said[0], said[-1]) == ("liver-tumor", "organs")
    assert "photographs" in said[1]


def test_a_default_must_be_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "default", "unknown"]) == 4
    assert "No model named 'unknown'" in capsys.readouterr().err
