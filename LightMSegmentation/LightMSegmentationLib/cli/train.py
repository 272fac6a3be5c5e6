"""``lightm train``: start or continue a training run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console

_EPILOG = """\
A stopped run continues from its last checkpoint when the same command is given again.

examples:
  lightm train config.json --data FOLDER --minutes 120
  lightm train config.json --fold 2/5
  lightm train skin-vm-unet.json --data ISIC2018 --imagenet vmamba_small_e238_ema.pth
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "train",
        parents=[common],
        help="train a model (for developers)",
        description="Start or continue the training run that a configuration file describes.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", metavar="CONFIG", type=Path, help="training configuration, JSON")
    parser.add_argument("--state", metavar="FOLDER", type=Path, help="checkpoints and logs (in the user's cache)")
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        help="manifest.csv and the cases, or one of the papers' datasets (the first time only)",
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, resumable, after so many minutes")
    parser.add_argument("--fold", metavar="K/N", help="leave the patients of a cross-validation's K-th fold out")
    parser.add_argument("--imagenet", metavar="FILE", type=Path, help="checkpoint of VMamba that VM-UNet starts from")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train and return 0 when the run's last step, or the time, was reached."""
    from LightMSegmentationLib.training.slices.config import is_slice_config

    return _train_slices(arguments, console) if is_slice_config(arguments.config) else _train(arguments, console)


def _train(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.training.folds import Fold
    from LightMSegmentationLib.training.run import train

    if arguments.imagenet:
        cause = "A three-dimensional network starts from no classifier."
        raise UsageError(cause, "Leave out --imagenet.")
    fold = Fold.of_text(arguments.fold) if arguments.fold else None
    training = train(arguments.config, arguments.state, arguments.minutes, arguments.data, fold)
    console.say(f"Stopped after step {training.step} of {training.config.steps}.")
    return 0


def _train_slices(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.training.slices.run import train_slices

    if arguments.fold:
        cause = "There is no cross-validation of two-dimensional networks."
        raise UsageError(cause, "Leave out --fold.")
    run = train_slices(arguments.config, arguments.state, arguments.minutes, arguments.data, arguments.imagenet)
    console.say(f"Stopped after step {run.training.step} of {run.training.steps}.")
    if run.card is not None:
        console.say(f"The model so far: lightm models add {run.card}")
    return 0
