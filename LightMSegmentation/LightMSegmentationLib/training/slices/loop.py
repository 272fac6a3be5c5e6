"""Training of the two-dimensional networks: what a step learns from, its loss, validation after epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from LightMSegmentationLib.datasets.dataset import TRAIN, VALIDATION
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.resumable_training import LearnedData, ResumableTraining
from LightMSegmentationLib.training.slices.augmentation import augmented
from LightMSegmentationLib.training.slices.batches import batch_rows, random_source, steps_per_epoch
from LightMSegmentationLib.training.slices.losses import segmentation_loss
from LightMSegmentationLib.training.slices.schedule import learning_rate
from LightMSegmentationLib.training.slices.validation import class_agreements, mean_dsc

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from torch import nn

    from LightMSegmentationLib.training.slices.config import SliceTrainingConfig
    from LightMSegmentationLib.training.slices.pack import PicturePack


class SliceTraining(ResumableTraining["SliceTrainingConfig"]):
    """One run of a two-dimensional network on packed pictures.

    Raises
    ------
    UsageError
        When there is nothing to train on, or the folder's run was trained on other pictures.
    """

    def __init__(self, network: nn.Module, pack: PicturePack, config: SliceTrainingConfig, folder: Path) -> None:
        self._pack = pack
        self._rows, self._validation = pack.rows(TRAIN), pack.rows(VALIDATION)
        if not len(self._rows):
            cause = "The dataset has no pictures to train on."
            raise UsageError(cause, "Name the folder of the whole dataset.")
        self.epoch_steps = steps_per_epoch(len(self._rows), config.batch)
        self.steps = config.epochs * self.epoch_steps
        self._best: dict[str, Any] = {"dsc": -1.0, "epoch": 0, "weights": None}
        data = LearnedData("pictures", pack.sha256, "other pictures")
        super().__init__(network, config, config.optimizer.clip_norm or float("inf"), data, folder)

    def exported_weights(self) -> dict[str, torch.Tensor]:
        """Return the averaged weights of the epoch that validated best, or the last ones where none did."""
        return self._best["weights"] or self.averaged_weights()

    @property
    def best(self) -> tuple[int, float] | None:
        """Epoch and mean Dice of the weights that validated best; None before the first validation."""
        return (self._best["epoch"], self._best["dsc"]) if self._best["weights"] else None

    def _new_optimizer(self) -> torch.optim.Optimizer:
        how = self.config.optimizer
        kind = torch.optim.AdamW if how.kind == "adamw" else torch.optim.Adam
        parameters = self.network.parameters()
        return kind(parameters, lr=how.learning_rate, weight_decay=how.weight_decay, eps=how.epsilon)

    def _losses(self) -> Generator[Callable[[], torch.Tensor], None, None]:
        while self.step < self.steps:
            yield self._loss

    def _loss(self) -> torch.Tensor:
        # Seeded by the step: what the network leaves out at random does not depend on where a run was stopped.
        torch.manual_seed(int(np.random.SeedSequence((self.config.seed, self.step)).generate_state(1)[0]))
        images, labels = self._batch()
        return segmentation_loss(self._predict(images), labels, self.config.loss)

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return this process's part of the step's pictures, changed at random; never none of them."""
        rows = batch_rows(self.step, self._rows, self.config)
        mine = rows[self._workers.rank :: self._workers.count]
        mine = mine if len(mine) else rows[:1]
        images = torch.from_numpy(self._pack.images[mine].astype(np.float32)).to(self._workers.device)
        labels = torch.from_numpy(self._pack.labels[mine]).to(self._workers.device)
        rng = random_source(self.step, self._workers.rank, self.config)
        return augmented(images, labels, self.config.augmentation, rng)

    def _rate(self) -> float:
        return learning_rate(self.step // self.epoch_steps, self.config)

    def _own_state(self) -> dict[str, Any]:
        return {"best": self._best}

    def _take_own_state(self, state: dict[str, Any]) -> None:
        self._best = state["best"]

    def _validate_if_due(self) -> None:
        epoch, within = divmod(self.step, self.epoch_steps)
        due = within == 0 and (epoch % self.config.validation_epochs == 0 or epoch == self.config.epochs)
        if due and len(self._validation):
            self._validate(epoch)

    def _validate(self, epoch: int) -> None:
        """Judge the averaged weights, and keep them when none were better."""
        with self._averaged_network() as network:
            found = class_agreements(network, self._pack, self._validation, self.config.input.labels)
        dsc = mean_dsc(found)
        if dsc > self._best["dsc"]:
            weights = {name: value.clone() for name, value in self.averaged_weights().items()}
            self._best = {"dsc": dsc, "epoch": epoch, "weights": weights}
        classes = {name: agreement.as_plain for name, agreement in found.items()}
        self._log("validation", epoch=epoch, dsc=dsc, classes=classes)
