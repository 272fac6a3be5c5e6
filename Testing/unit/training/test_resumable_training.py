"""What every kind of training can rely on: steps, interruptions, averaged weights."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.resumable_training import LearnedData, ResumableTraining
from torch import nn

NUMBERS = LearnedData("numbers", "0" * 64, "other numbers")


@dataclass(frozen=True)
class LineConfig:
    """Steps of a line that is fitted to random points; at ``broken_step`` the loss is infinite."""

    steps: int = 5
    broken_step: int = -1
    ema_decay: float = 0.9
    precision: str = "float32"
    checkpoint_minutes: float = 10.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class LineTraining(ResumableTraining[LineConfig]):
    """Fits a line; counts its own validations."""

    def __init__(self, folder: Path, config: LineConfig | None = None, data: LearnedData = NUMBERS) -> None:
        self.validated_at: list[int] = []
        torch.manual_seed(0)
        super().__init__(nn.Linear(1, 1), config or LineConfig(), 1.0, data, folder)

    def _new_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.network.parameters(), lr=0.1)

    def _losses(self) -> Generator[Callable[[], torch.Tensor], None, None]:
        while self.step < self.config.steps:
            yield partial(self._loss, self.step)

    def _loss(self, step: int) -> torch.Tensor:
        points = torch.randn(8, 1, generator=torch.Generator().manual_seed(step))
        loss = (self._predict(points) - 2.0 * points).square().mean()
        return loss * float("inf") if step == self.config.broken_step else loss

    def _rate(self) -> float:
        return 0.1 / (1 + self.step)

    def _validate_if_due(self) -> None:
        self.validated_at.append(self.step)

    def _own_state(self) -> dict[str, Any]:
        return {"validated_at": self.validated_at}

    def _take_own_state(self, state: dict[str, Any]) -> None:
        self.validated_at = state["validated_at"]


def weights_of(training: LineTraining) -> list[float]:
    both = (training.network.state_dict(), training.averaged_weights())
    return [value for weights in both for tensor in weights.values() for value in tensor.flatten().tolist()]


def test_a_run_interrupted_after_every_step_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = LineTraining(tmp_path / "whole")
    whole.run()
    for _ in range(4):
        LineTraining(tmp_path / "parts").run(minutes=0.0)
    parts = LineTraining(tmp_path / "parts")
    parts.run()
    assert parts.step == whole.step == 5
    assert weights_of(parts) == weights_of(whole)
    assert parts.validated_at == whole.validated_at == [1, 2, 3, 4, 5]


def test_a_run_that_is_asked_to_stop_ends_after_its_step_with_the_state_saved(tmp_path: Path) -> None:
    training = LineTraining(tmp_path)
    training.network.register_forward_hook(lambda *_: training.stop())
    training.run()
    state = load_checkpoint(tmp_path)
    assert state is not None
    # The step that is being taken when the wish comes is followed by one more, which tells the other processes of it.
    assert state["step"] == training.step == 2


def test_a_step_whose_gradient_is_not_finite_changes_no_weight(tmp_path: Path) -> None:
    before = LineTraining(tmp_path / "before", LineConfig(steps=2))
    before.run()
    broken = LineTraining(tmp_path / "broken", LineConfig(steps=3, broken_step=2))
    broken.run()
    assert broken.step == 3
    assert all(
        torch.equal(broken.network.state_dict()[name], value) for name, value in before.network.state_dict().items()
    )


def test_the_averaged_network_is_lent_and_the_trained_one_comes_back_even_after_a_failure(tmp_path: Path) -> None:
    training = LineTraining(tmp_path)
    training.run()
    trained = weights_of(training)
    averaged: list[float] = []

    def failing_validation(network: nn.Module) -> None:
        averaged.extend(value.item() for value in network.state_dict().values())
        message = "no validation"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="no validation"), training._averaged_network() as network:
        failing_validation(network)
    assert averaged == trained[2:] != trained[:2]
    assert weights_of(training) == trained


def test_every_step_is_in_the_journal_with_its_rate(tmp_path: Path) -> None:
    LineTraining(tmp_path).run()
    steps = Journal(tmp_path).entries("step")
    assert [entry["step"] for entry in steps] == [1, 2, 3, 4, 5]
    assert [entry["learning_rate"] for entry in steps] == [0.1 / step for step in (1, 2, 3, 4, 5)]
    assert Journal(tmp_path).entries("start")[0]["numbers"] == NUMBERS.sha256


def test_the_hash_of_the_data_is_in_the_checkpoint_under_their_name(tmp_path: Path) -> None:
    LineTraining(tmp_path).run()
    state = load_checkpoint(tmp_path)
    assert state is not None
    shared = {"config", "numbers_sha256", "step", "seconds", "network", "average", "optimizer"}
    assert set(state) == {*shared, "validated_at"}
    assert state["numbers_sha256"] == NUMBERS.sha256


def test_a_run_on_other_data_is_not_continued(tmp_path: Path) -> None:
    LineTraining(tmp_path).run(minutes=0.0)
    with pytest.raises(UsageError, match="was trained on other numbers"):
        LineTraining(tmp_path, data=replace(NUMBERS, sha256="1" * 64))
