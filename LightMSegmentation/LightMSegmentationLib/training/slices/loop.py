"""The training loop of the two-dimensional networks: epochs, averaged weights, checkpoints, validation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from LightMSegmentationLib.datasets.dataset import TRAIN, VALIDATION
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.averaging import AveragedWeights
from LightMSegmentationLib.training.checkpoint import load_checkpoint, save_checkpoint
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.slices.augmentation import augmented
from LightMSegmentationLib.training.slices.batches import batch_rows, random_source, steps_per_epoch
from LightMSegmentationLib.training.slices.losses import segmentation_loss
from LightMSegmentationLib.training.slices.schedule import learning_rate
from LightMSegmentationLib.training.slices.validation import class_agreements, mean_dsc
from LightMSegmentationLib.training.workers import Workers

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from LightMSegmentationLib.training.slices.config import OptimizerConfig, SliceTrainingConfig
    from LightMSegmentationLib.training.slices.pack import PicturePack


class SliceTraining:
    """One run in one state folder; it starts where the folder's checkpoint ends.

    Raises
    ------
    UsageError
        When there is nothing to train on, or the folder's run was trained on other pictures.
    """

    def __init__(self, network: nn.Module, pack: PicturePack, config: SliceTrainingConfig, folder: Path) -> None:
        self._workers = Workers()
        self.network = network.to(self._workers.device)
        self.config = config
        self.step = 0
        self.seconds = 0.0
        self._stopping = False
        self._pack = pack
        self._folder = folder
        self._rows, self._validation = pack.rows(TRAIN), pack.rows(VALIDATION)
        if not len(self._rows):
            cause = "The dataset has no pictures to train on."
            raise UsageError(cause, "Name the folder of the whole dataset.")
        self.epoch_steps = steps_per_epoch(len(self._rows), config.batch)
        self.steps = config.epochs * self.epoch_steps
        self._journal = Journal(folder)
        self._average = AveragedWeights(network, config.ema_decay)
        self._best: dict[str, Any] = {"dsc": -1.0, "epoch": 0, "weights": None}
        self._optimizer = _optimizer(network, config.optimizer)
        self._resume()

    def run(self, minutes: float = float("inf")) -> None:
        """Train until the last epoch, until the minutes are over or until `stop`; the state is saved in any case."""
        if self._workers.leads:
            self._journal.write("start", step=self.step, config=self.config.to_json(), pictures=self._pack.sha256)
        start, before = time.monotonic(), self.seconds
        last_save = start
        late = False
        while self.step < self.steps and not late:
            late = self._train_step(self._stopping or time.monotonic() - start > 60 * minutes)
            now = time.monotonic()
            self.seconds = before + now - start
            epoch, within = divmod(self.step, self.epoch_steps)
            if within == 0 and (epoch % self.config.validation_epochs == 0 or epoch == self.config.epochs):
                self._validate(epoch)
            if now - last_save > 60 * self.config.checkpoint_minutes:
                self.save()
                last_save = now
        self.save()

    def exported_weights(self) -> dict[str, torch.Tensor]:
        """Return the averaged weights of the epoch that validated best, or the last ones where none did."""
        return self._best["weights"] or self._average.weights()

    @property
    def best(self) -> tuple[int, float] | None:
        """Epoch and mean Dice of the weights that validated best; None before the first validation."""
        return (self._best["epoch"], self._best["dsc"]) if self._best["weights"] else None

    def leave(self) -> None:
        """Part from the other processes, when nothing is left to train."""
        self._workers.leave()

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files."""
        return self._workers.leads

    def stop(self) -> None:
        """Ask `run` to end, resumable, after the step it is at; may be called from a signal handler."""
        self._stopping = True

    def save(self) -> None:
        """Write the checkpoint."""
        if not self._workers.leads:
            return
        state = {
            "config": self.config.to_json(),
            "pictures_sha256": self._pack.sha256,
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "best": self._best,
        }
        save_checkpoint(self._folder, state)

    def _train_step(self, late: bool) -> bool:
        """Take one step; return whether any process wants to stop, so that all stop together."""
        started = time.monotonic()
        rate = learning_rate(self.step // self.epoch_steps, self.config)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        # Seeded by the step: what the network leaves out at random does not depend on where a run was stopped.
        torch.manual_seed(int(np.random.SeedSequence((self.config.seed, self.step)).generate_state(1)[0]))
        images, labels = self._batch()
        self._optimizer.zero_grad(set_to_none=True)
        self.network.train()
        loss = segmentation_loss(self._predict(images), labels, self.config.loss)
        loss.backward()
        self._workers.average_gradients(self.network)
        norm = torch.nn.utils.clip_grad_norm_(
            self.network.parameters(), self.config.optimizer.clip_norm or float("inf")
        )
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

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return this process's part of the step's pictures, changed at random; never none of them."""
        rows = batch_rows(self.step, self._rows, self.config)
        mine = rows[self._workers.rank :: self._workers.count]
        mine = mine if len(mine) else rows[:1]
        images = torch.from_numpy(self._pack.images[mine].astype(np.float32)).to(self._workers.device)
        labels = torch.from_numpy(self._pack.labels[mine]).to(self._workers.device)
        rng = random_source(self.step, self._workers.rank, self.config)
        return augmented(images, labels, self.config.augmentation, rng)

    def _predict(self, images: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self._workers.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            return self.network(images)

    def _validate(self, epoch: int) -> None:
        """Judge the averaged weights, and keep them when none were better."""
        if not len(self._validation):
            return
        trained = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self._average.weights())
        found = class_agreements(self.network, self._pack, self._validation, self.config.input.labels)
        self.network.load_state_dict(trained)
        dsc = mean_dsc(found)
        if dsc > self._best["dsc"]:
            weights = {name: value.clone() for name, value in self._average.weights().items()}
            self._best = {"dsc": dsc, "epoch": epoch, "weights": weights}
        if self._workers.leads:
            classes = {name: agreement.as_plain for name, agreement in found.items()}
            self._journal.write("validation", step=self.step, epoch=epoch, dsc=dsc, classes=classes)

    def _resume(self) -> None:
        state = load_checkpoint(self._folder)
        if state is None:
            return
        if state.get("pictures_sha256") != self._pack.sha256:
            cause = f"The run in {self._folder} was trained on other pictures."
            raise UsageError(cause, "Name another state folder, or pack the same dataset again.")
        self.network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._best = state["best"]
        self.step, self.seconds = state["step"], state["seconds"]


def _optimizer(network: nn.Module, config: OptimizerConfig) -> torch.optim.Optimizer:
    kind = torch.optim.AdamW if config.kind == "adamw" else torch.optim.Adam
    return kind(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, eps=config.epsilon)
