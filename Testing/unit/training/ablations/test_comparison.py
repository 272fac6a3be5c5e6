"""A comparison trains every variant alike, once, whatever interrupts it, and says what came out."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.ablations import __main__ as command
from LightMSegmentationLib.training.ablations.comparison import Outcome, compared
from LightMSegmentationLib.training.ablations.table import Row, as_plain, markdown, paired_difference
from LightMSegmentationLib.training.ablations.variants import Variant, variant_of
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.config import NetworkConfig
from LightMSegmentationLib.training.folds import Fold
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.loop import Training

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig

VARIANTS = [variant_of("state-space"), variant_of("convolution")]
FOLDS = [Fold(1, 2), Fold(2, 2)]


@pytest.fixture
def config(tiny_config: TrainingConfig) -> TrainingConfig:
    """Two steps of a LightM-UNet of two levels."""
    return replace(tiny_config, network=NetworkConfig(8, (1, 1), (1,)), steps=2, validation_cases=())


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "comparison"


def step_lines(folder: Path) -> int:
    return Journal(folder).path.read_text(encoding="utf-8").count('"kind": "step"')


def test_every_variant_is_trained_on_every_fold_and_judged_by_whom_it_never_saw(
    config: TrainingConfig, tiny_archive: Archive, output: Path
) -> None:
    outcomes = list(compared(VARIANTS, FOLDS, config, tiny_archive, output))
    assert [(outcome.variant, outcome.fold) for outcome in outcomes] == [
        ("state-space", "1/2"),
        ("convolution", "1/2"),
        ("state-space", "2/2"),
        ("convolution", "2/2"),
    ]
    held_out = [{case.name for case in fold.held_out(tiny_archive.cases)} for fold in FOLDS]
    assert [set(outcome.cases) for outcome in outcomes] == [held_out[0]] * 2 + [held_out[1]] * 2
    assert all(0.0 <= case["liver"] <= 1.0 for outcome in outcomes for case in outcome.cases.values())
    assert all(outcome.seconds_per_step > 0 for outcome in outcomes)


def test_what_was_done_is_not_done_again(config: TrainingConfig, tiny_archive: Archive, output: Path) -> None:
    once = list(compared(VARIANTS, FOLDS[:1], config, tiny_archive, output))
    again = list(compared(VARIANTS, FOLDS[:1], config, tiny_archive, output))
    assert again == once
    assert step_lines(output / "convolution-fold1of2") == config.steps


def test_a_comparison_that_was_interrupted_goes_on_where_it_was(
    config: TrainingConfig, tiny_archive: Archive, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(compared(VARIANTS, FOLDS[:1], config, tiny_archive, tmp_path / "whole"))
    with monkeypatch.context() as patched:
        run = Training.run
        patched.setattr(Training, "run", lambda training, _minutes: run(training, 0.0))
        assert list(compared(VARIANTS, FOLDS[:1], config, tiny_archive, output)) == []
    stopped = load_checkpoint(output / "state-space-fold1of2")
    assert stopped is not None
    assert stopped["step"] == 1
    parts = list(compared(VARIANTS, FOLDS[:1], config, tiny_archive, output))
    assert [outcome.cases for outcome in parts] == [outcome.cases for outcome in whole]
    assert step_lines(output / "state-space-fold1of2") == config.steps


def test_runs_of_another_comparison_are_not_taken_for_this_one(
    config: TrainingConfig, tiny_archive: Archive, output: Path
) -> None:
    list(compared(VARIANTS[:1], FOLDS[:1], config, tiny_archive, output))
    with pytest.raises(UsageError, match="another configuration or other data"):
        list(compared(VARIANTS[:1], FOLDS[:1], replace(config, steps=3), tiny_archive, output))


def test_variants_that_would_not_start_alike_are_refused(
    config: TrainingConfig, tiny_archive: Archive, output: Path
) -> None:
    with pytest.raises(UsageError, match="starts from other weights"):
        list(compared(VARIANTS, FOLDS, replace(config, initial="coarse"), tiny_archive, output))


def row(name: str, *folds: dict[str, tuple[float, float | None]]) -> Row:
    """Return a row whose folds have cases with these scores of organ and tumor."""
    outcomes = [
        Outcome(
            name, f"{number}/5", 0.5, {case: {"liver": organ, "tumor": tumor} for case, (organ, tumor) in fold.items()}
        )
        for number, fold in enumerate(folds, start=1)
    ]
    return Row(Variant(name), 1_345_052, 1_200_000_000, tuple(outcomes))


ROWS = [
    row("state-space", {"a": (0.90, 0.50), "b": (0.80, None)}, {"c": (0.70, 0.30)}),
    row("convolution", {"a": (0.92, 0.40), "b": (0.86, None)}),
]


def cells_of(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| `{name}`")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_has_the_mean_over_all_cases_and_every_fold() -> None:
    cells = cells_of(markdown(ROWS), "state-space")
    assert cells[1:4] == ["1.345 M", "1.20", "0.50"]
    assert cells[4:] == ["0.800", "0.400", "-", "-", "0.850, 0.500", "0.700, 0.300"]


def test_differences_are_taken_case_by_case_from_the_first_variant() -> None:
    cells = cells_of(markdown(ROWS), "convolution")
    assert cells[4:] == ["0.890", "0.400", "+0.040 ± 0.020", "-", "0.890, 0.400", "-, -"]


def test_a_difference_of_one_case_is_none() -> None:
    assert paired_difference({"a": 0.5}, {"a": 0.4}) is None


def test_the_table_says_what_every_variant_is() -> None:
    assert "- `convolution`: LightM-UNet as it is." in markdown(ROWS)


def test_plain_values_keep_every_case() -> None:
    plain = json.loads(json.dumps(as_plain(ROWS)))
    assert plain[0]["folds"][1]["cases"] == {"c": {"liver": 0.7, "tumor": 0.3}}
    assert plain[1]["tumor"] == pytest.approx(0.4)


@pytest.fixture
def arguments(config: TrainingConfig, tmp_path: Path, output: Path) -> list[str]:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(config.to_json()), encoding="utf-8")
    return ["ablations", str(path), "--variants", "state-space", "width-16", "--folds", "1/2", "--output", str(output)]


def test_the_command_writes_table_and_values(
    arguments: list[str], tiny_archive: Archive, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "prepared_archive", lambda _config, _data: tiny_archive)
    monkeypatch.setattr(sys, "argv", [*arguments, "--steps", "1"])
    command.main()
    text = (output / "ablations.md").read_text(encoding="utf-8")
    assert re.search(r"`width-16` \| 0\.\d+ M", text)
    plain = json.loads((output / "ablations.json").read_text(encoding="utf-8"))
    assert [len(entry["folds"]) for entry in plain] == [1, 1]
    assert step_lines(output / "width-16-fold1of2") == 1
