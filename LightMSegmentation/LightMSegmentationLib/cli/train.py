"""``lightm train``: start or continue a training run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console

_EPILOG = """\
A stopped run continues from its last checkpoint when the same command is given again.

examples:
  lightm train config.json --data FOLDER --minutes 120
  lightm train config.json --fold 2/5
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
    parser.add_argument("--data", metavar="FOLDER", type=Path, help="manifest.csv and the cases (the first time only)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, resumable, after so many minutes")
    parser.add_argument("--fold", metavar="K/N", help="leave the patients of a cross-validation's K-th fold out")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train and return 0 when the run's last step, or the time, was reached."""
    from LightMSegmentationLib.training.folds import Fold
    from LightMSegmentationLib.training.run import train

    fold = Fold.of_text(arguments.fold) if arguments.fold else None
    training = train(arguments.config, arguments.state, arguments.minutes, arguments.data, fold)
    console.say(f"Stopped after step {training.step} of {training.config.steps}.")
    return 0
