"""Training on patches of scans: what a step learns from, its loss, validation on whole scans."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from LightMSegmentationLib.training.losses import partial_label_loss
from LightMSegmentationLib.training.patches import Batch, BatchSource, batches
from LightMSegmentationLib.training.resumable_training import LearnedData, ResumableTraining
from LightMSegmentationLib.training.schedule import learning_rate
from LightMSegmentationLib.training.validation import case_scores, stage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from torch import nn

    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig


class Training(ResumableTraining["TrainingConfig"]):
    """One run of LightM-UNet on patches of packed scans."""

    def __init__(self, network: nn.Module, archives: Sequence[Archive], config: TrainingConfig, folder: Path) -> None:
        self._archives = archives
        data = LearnedData("archive", "+".join(archive.sha256 for archive in archives), "another archive")
        super().__init__(network, config, config.clip_norm, data, folder)

    def _new_optimizer(self) -> torch.optim.Optimizer:
        groups = _parameter_groups(self.network, self.config.weight_decay)
        return torch.optim.AdamW(groups, lr=self.config.learning_rate)

    def _losses(self) -> Generator[Callable[[], torch.Tensor], None, None]:
        source = BatchSource(self._archives, self.config, self._workers.rank, self._workers.count)
        with contextlib.closing(batches(source, self.step, self.config.steps)) as stream:
            for batch in stream:
                yield partial(self._loss, batch)

    def _loss(self, batch: Batch) -> torch.Tensor:
        image, target = (torch.from_numpy(part).to(self._workers.device) for part in batch)
        return partial_label_loss(self._predict(image), target, self.config.tumor_weight)

    def _rate(self) -> float:
        return learning_rate(self.step, self.config)

    def _own_state(self) -> dict[str, Any]:
        return {"torch_rng": torch.get_rng_state()}

    def _take_own_state(self, state: dict[str, Any]) -> None:
        torch.set_rng_state(state["torch_rng"])

    def _validate_if_due(self) -> None:
        if self.step % self.config.validation_steps and self.step != self.config.steps:
            return
        with self._averaged_network():
            named = zip(self.config.archives, self._archives, strict=True)
            stages = {source.name: self._scores(archive) for source, archive in named}
        self._log("validation", hours=round(self.seconds / 3600, 3), stages=stages)

    def _scores(self, archive: Archive) -> dict[str, Any]:
        """Return mean and single scores of the validation cases at one archive's spacing, computed by all processes."""
        wanted = [case for case in archive.split("validation") if case.name in self.config.validation_cases]
        mine = wanted[self._workers.rank :: self._workers.count]
        stage = stage_of(self.network, self.config, archive.spacing_mm)
        cases = self._workers.gathered({case.name: case_scores(stage, case, self._workers.device) for case in mine})
        means = {kind: _mean([case[kind] for case in cases.values()]) for kind in ("liver", "tumor")}
        return {"mean": means, "cases": cases}


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
