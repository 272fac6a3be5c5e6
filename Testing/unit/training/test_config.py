"""Configurations are checked before hours are spent on them, and the shipped ones are valid."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.config import config_from_json, load_config
from LightMSegmentationLib.training.run import prepared_archive
from LightMSegmentationLib.training.schedule import learning_rate

if TYPE_CHECKING:
    from LightMSegmentationLib.training.config import TrainingConfig

SHIPPED = Path(str(files("LightMSegmentationLib") / "training" / "configs"))


@pytest.mark.parametrize("name", ["coarse", "fine", "liver-tumor"])
def test_the_shipped_configurations_are_valid_and_named_after_their_file(name: str) -> None:
    assert load_config(SHIPPED / f"{name}.json").name == name


def test_a_configuration_survives_json(tiny_config: TrainingConfig) -> None:
    assert config_from_json(json.loads(json.dumps(tiny_config.to_json()))) == tiny_config


def test_a_misspelled_setting_is_named(tiny_config: TrainingConfig) -> None:
    with pytest.raises(UsageError, match="lerning_rate"):
        config_from_json({**tiny_config.to_json(), "lerning_rate": 1.0})


def test_a_missing_setting_is_named(tiny_config: TrainingConfig) -> None:
    content = tiny_config.to_json()
    del content["patch"]
    with pytest.raises(UsageError, match="patch"):
        config_from_json(content)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("patch", (20, 16, 16)), ("steps", 0), ("precision", "float8"), ("ema_decay", 1.0), ("decay_fraction", 0.0)],
)
def test_an_impossible_value_is_refused(tiny_config: TrainingConfig, setting: str, value: object) -> None:
    with pytest.raises(UsageError, match=setting):
        replace(tiny_config, **{setting: value})


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("not json", encoding="utf-8")
    with pytest.raises(UsageError, match=r"config\.json"):
        load_config(path)


def test_the_first_run_asks_for_the_data(
    tiny_config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    with pytest.raises(UsageError, match="--data FOLDER"):
        prepared_archive(replace(tiny_config.archives[0], name="data-that-nobody-packed"), None)


def test_the_learning_rate_warms_up_holds_and_falls_to_nothing(tiny_config: TrainingConfig) -> None:
    config = replace(tiny_config, steps=100, warmup_steps=10, decay_fraction=0.5, learning_rate=1.0)
    rates = [learning_rate(step, config) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert set(rates[10:51]) == {1.0}
    assert rates[75] == pytest.approx(0.5)
    assert rates[99] < 0.01
