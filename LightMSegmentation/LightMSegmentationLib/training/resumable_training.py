"""A run that can be interrupted anywhere: steps, averaged weights, checkpoints and journal, whatever it learns."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.averaging import AveragedWeights
from LightMSegmentationLib.training.checkpoint import load_checkpoint, save_checkpoint
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from torch import Tensor, nn


class _RunConfig(Protocol):
    """What the configurations of all runs have in common."""

    @property
    def ema_decay(self) -> float: ...
    @property
    def precision(self) -> str: ...
    @property
    def checkpoint_minutes(self) -> float: ...
    def to_json(self) -> dict[str, Any]: ...


Config = TypeVar("Config", bound=_RunConfig)


@dataclass(frozen=True)
class LearnedData:
    """What a run learns from: its hash, what checkpoint and journal call it, and how people call another one."""

    name: str
    sha256: str
    another: str


class ResumableTraining(ABC, Generic[Config]):
    """One run in one state folder, of which a kind of training says what it learns; see `training.loop`.

    It starts where the folder's checkpoint ends, and ends with the very weights of a run that was never interrupted, as
    long as what `_losses` yields for a step depends on nothing but the step and what `_own_state` keeps.

    Raises
    ------
    UsageError
        When the folder's run was trained on other data.
    """

    def __init__(self, network: nn.Module, config: Config, clip_norm: float, data: LearnedData, folder: Path) -> None:
        self._workers = Workers()
        self.network = network.to(self._workers.device)
        self.config = config
        self.step = 0
        self.seconds = 0.0
        self._stopping = False
        self._data = data
        self._folder = folder
        self._journal = Journal(folder)
        self._average = AveragedWeights(network, config.ema_decay)
        self._optimizer = self._new_optimizer()
        self._clip_norm = clip_norm
        self._resume()

    def run(self, minutes: float = float("inf")) -> None:
        """Train until the last step, until the minutes are over or until `stop`; the state is saved in any case."""
        self._log("start", config=self.config.to_json(), **{self._data.name: self._data.sha256})
        start, before = time.monotonic(), self.seconds
        last_save = start
        with contextlib.closing(self._losses()) as losses:
            for loss in losses:
                late = self._train_step(loss, self._stopping or time.monotonic() - start > 60 * minutes)
                now = time.monotonic()
                self.seconds = before + now - start
                self._validate_if_due()
                if now - last_save > 60 * self.config.checkpoint_minutes:
                    self.save()
                    last_save = now
                if late:
                    break
        self.save()

    def averaged_weights(self) -> dict[str, Tensor]:
        """Return the averaged weights, which are validated and shipped."""
        return self._average.weights()

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files."""
        return self._workers.leads

    def leave(self) -> None:
        """Part from the other processes, when nothing is left to train."""
        self._workers.leave()

    def stop(self) -> None:
        """Ask `run` to end, resumable, after the step it is at; may be called from a signal handler."""
        self._stopping = True

    def save(self) -> None:
        """Write the checkpoint."""
        if not self.leads:
            return
        state = {
            "config": self.config.to_json(),
            f"{self._data.name}_sha256": self._data.sha256,
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        save_checkpoint(self._folder, {**state, **self._own_state()})

    @abstractmethod
    def _new_optimizer(self) -> torch.optim.Optimizer:
        """Return what changes the network's weights."""

    @abstractmethod
    def _losses(self) -> Generator[Callable[[], Tensor], None, None]:
        """Yield, for each step from the present one on, what computes its loss."""

    @abstractmethod
    def _rate(self) -> float:
        """Return the learning rate of the present step."""

    @abstractmethod
    def _validate_if_due(self) -> None:
        """Judge the averaged weights, when it is time to."""

    @abstractmethod
    def _own_state(self) -> dict[str, Any]:
        """Return what else a checkpoint needs."""

    @abstractmethod
    def _take_own_state(self, state: dict[str, Any]) -> None:
        """Continue from what `_own_state` put into a checkpoint."""

    def _train_step(self, loss_of_step: Callable[[], Tensor], late: bool) -> bool:
        """Take one step; return whether any process wants to stop, so that all stop together."""
        started = time.monotonic()
        rate = self._rate()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        self.network.train()
        loss = loss_of_step()
        loss.backward()
        self._workers.average_gradients(self.network)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self._clip_norm)
        if torch.isfinite(norm):
            self._optimizer.step()
        self._average.update(self.network)
        self.step += 1
        mean_loss, lateness = self._workers.mean(
            torch.tensor([loss.item(), float(late)], device=self._workers.device)
        ).tolist()
        took = round(time.monotonic() - started, 3)
        figures = {"loss": round(mean_loss, 5), "gradient_norm": round(norm.item(), 4), "learning_rate": rate}
        self._log("step", seconds=took, **figures)
        return lateness > 0

    def _predict(self, images: Tensor) -> Tensor:
        """Return the network's logits, in the configured precision."""
        with torch.autocast(self._workers.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            return self.network(images)

    @contextlib.contextmanager
    def _averaged_network(self) -> Iterator[nn.Module]:
        """Give the network with the averaged weights, in evaluation mode; after that it has the trained ones again."""
        trained = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.averaged_weights())
        try:
            yield self.network.eval()
        finally:
            self.network.load_state_dict(trained)

    def _log(self, kind: str, **values: Any) -> None:
        """Write a line about the present step into the journal, from one process only."""
        if self.leads:
            self._journal.write(kind, step=self.step, **values)

    def _resume(self) -> None:
        state = load_checkpoint(self._folder)
        if state is None:
            return
        if state.get(f"{self._data.name}_sha256") != self._data.sha256:
            cause = f"The run in {self._folder} was trained on {self._data.another}."
            raise UsageError(cause, "Name another state folder, or pack the same data again.")
        self.network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        self._take_own_state(state)
