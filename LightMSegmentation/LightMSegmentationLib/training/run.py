"""Start or continue a training run: ``python -m LightMSegmentationLib.training.run CONFIG``."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.training.archive import load_archive
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.config import load_config
from LightMSegmentationLib.training.loop import Training
from LightMSegmentationLib.training.places import archive_path, state_folder

if TYPE_CHECKING:
    from LightMSegmentationLib.training.config import TrainingConfig


def build_network(config: TrainingConfig) -> LightMUNet:
    """Return the run's network with seeded weights, or with the averaged weights of the run that it starts from.

    Raises
    ------
    UsageError
        When that run has no checkpoint.
    """
    torch.manual_seed(config.seed)
    size = config.network
    network = LightMUNet(
        init_filters=size.init_filters, blocks_down=size.blocks_down, blocks_up=size.blocks_up, spatial_dims=3,
        in_channels=1, out_channels=3,
    )  # fmt: skip
    if config.initial:
        earlier = load_checkpoint(state_folder(config.initial))
        if earlier is None:
            cause = f"The run {config.initial!r}, which {config.name!r} starts from, has no checkpoint."
            raise UsageError(cause, f"Train {config.initial!r} first.")
        network.load_state_dict(earlier["average"]["weights"])
    return network


def train(config_path: Path, folder: Path | None, minutes: float) -> Training:
    """Train the run that a configuration file describes, continuing from its state folder."""
    config = load_config(config_path)
    archive = load_archive(archive_path(config.name))
    training = Training(build_network(config), archive, config, folder or state_folder(config.name))
    signal.signal(signal.SIGTERM, lambda _number, _frame: training.stop())
    training.run(minutes)
    return training


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--state", type=Path, help="folder of checkpoints and logs (default: in the user's cache)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, resumable, after so many minutes")
    arguments = parser.parse_args()
    train(arguments.config, arguments.state, arguments.minutes)


if __name__ == "__main__":
    main()
