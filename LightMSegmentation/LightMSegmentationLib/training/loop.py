"""The training loop: steps, averaged weights, checkpoints, validation."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.averaging import AveragedWeights
from LightMSegmentationLib.training.checkpoint import load_checkpoint, save_checkpoint
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.losses import partial_label_loss
from LightMSegmentationLib.training.patches import Batch, BatchSource, batches
from LightMSegmentationLib.training.schedule import learning_rate
from LightMSegmentationLib.training.validation import case_scores, stage_of
from LightMSegmentationLib.training.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig


class Training:
    """One run in one state folder; it starts where the folder's checkpoint ends."""

    def __init__(
        self, network: nn.Module, archives: Sequence[Archive], config: TrainingConfig, folder: Path
    ) -> None:
        self._workers = Workers()
        self.network = network.to(self._workers.device)
        self.config = config
        self.step = 0
        self.seconds = 0.0
        self._stopping = False
        self._archives = archives
        self._data_sha256 = "+".join(archive.sha256 for archive in archives)
        self._folder = folder
        self._journal = Journal(folder)
        self._average = AveragedWeights(network, config.ema_decay)
        self._optimizer = torch.optim.AdamW(_parameter_groups(network, config.weight_decay), lr=config.learning_rate)
        self._resume()

    def run(self, minutes: float = float("inf")) -> None:
        """Train until the last step, until the minutes are over or until `stop`; the state is saved in any case."""
        if self._workers.leads:
            self._journal.write("start", step=self.step, config=self.config.to_json(), archive=self._data_sha256)
        start, before = time.monotonic(), self.seconds
        last_save = start
        source = BatchSource(self._archives, self.config, self._workers.rank, self._workers.count)
        with contextlib.closing(batches(source, self.step, self.config.steps)) as stream:
            for batch in stream:
                late = self._train_step(batch, self._stopping or time.monotonic() - start > 60 * minutes)
                now = time.monotonic()
                self.seconds = before + now - start
                if self.step % self.config.validation_steps == 0 or self.step == self.config.steps:
                    self._validate()
                if now - last_save > 60 * self.config.checkpoint_minutes:
                    self.save()
                    last_save = now
                if late:
                    break
        self.save()

    def averaged_weights(self) -> dict[str, torch.Tensor]:
        """Return the averaged weights, which are validated and shipped."""
        return self._average.weights()

    def leave(self) -> None:
        """Part from the other processes, when nothing is left to train."""
        self._workers.leave()

    def stop(self) -> None:
        """Ask `run` to end, resumable, after the step it is at; may be called from a signal handler."""
        self._stopping = True

    def save(self) -> None:
        """Write the checkpoint."""
        if not self._workers.leads:
            return
        state = {
            "config": self.config.to_json(),
            "archive_sha256": self._data_sha256,
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "torch_rng": torch.get_rng_state(),
        }
        save_checkpoint(self._folder, state)

    def _train_step(self, batch: Batch, late: bool) -> bool:
        """Take one step; return whether any process wants to stop, so that all stop together."""
        started = time.monotonic()
        rate = learning_rate(self.step, self.config)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        image, target = (torch.from_numpy(part).to(self._workers.device) for part in batch)
        self._optimizer.zero_grad(set_to_none=True)
        self.network.train()
        loss = partial_label_loss(self._predict(image), target, self.config.tumor_weight)
        loss.backward()
        self._workers.average_gradients(self.network)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        if torch.isfinite(norm):
            self._optimizer.step()
        self._average.update(self.network)
        self.step += 1
        mean_loss, lateness = self._workers.mean(
            torch.tensor([loss.item(), float(late)], device=self._workers.device)
        ).tolist()
        if self._workers.leads:
            took = round(time.monotonic() - started, 3)
            figures = {"loss": round(mean_loss, 5), "gradient_norm": round(norm.item(), 4), "learning_rate": rate}
            self._journal.write("step", step=self.step, seconds=took, **figures)
        return lateness > 0

    def _predict(self, image: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self._workers.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            return self.network(image)

    def _validate(self) -> None:
        trained = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.averaged_weights())
        self.network.eval()
        named = zip(self.config.archives, self._archives, strict=True)
        stages = {source.name: self._scores(archive) for source, archive in named}
        self.network.load_state_dict(trained)
        hours = round(self.seconds / 3600, 3)
        if self._workers.leads:
            self._journal.write("validation", step=self.step, hours=hours, stages=stages)

    def _scores(self, archive: Archive) -> dict[str, Any]:
        """Return mean and single scores of the validation cases at one archive's spacing, computed by all processes."""
        wanted = [case for case in archive.split("validation") if case.name in self.config.validation_cases]
        mine = wanted[self._workers.rank :: self._workers.count]
        stage = stage_of(self.network, self.config, archive.spacing_mm)
        cases = self._workers.gathered({case.name: case_scores(stage, case, self._workers.device) for case in mine})
        means = {kind: _mean([case[kind] for case in cases.values()]) for kind in ("liver", "tumor")}
        return {"mean": means, "cases": cases}

    def _resume(self) -> None:
        state = load_checkpoint(self._folder)
        if state is None:
            return
        if state["archive_sha256"] != self._data_sha256:
            cause = f"The run in {self._folder} was trained on another archive."
            raise UsageError(cause, "Name another state folder, or pack the same archive again.")
        self.network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["torch_rng"])
        self.step, self.seconds = state["step"], state["seconds"]


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Decay matrices and kernels; leave biases, norms and the state-space parameters A and D (Gu and Dao, 2023)."""
    decayed: list[torch.Tensor] = []
    free: list[torch.Tensor] = []
    for name, parameter in network.named_parameters():
        matrix = parameter.dim() > 1 and not name.endswith("A_log")
        (decayed if matrix else free).append(parameter)
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]


def _mean(values: list[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return float(np.mean(present)) if present else None
