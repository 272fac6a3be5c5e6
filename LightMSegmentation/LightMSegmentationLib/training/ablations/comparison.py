"""Training and scoring every variant on every fold; what was done before is not done again."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.folds import without_held_out
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.run import config_of_fold, trained
from LightMSegmentationLib.training.validation import case_scores, stage_of
from LightMSegmentationLib.training.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from LightMSegmentationLib.training.ablations.variants import Variant
    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig
    from LightMSegmentationLib.training.folds import Fold
    from LightMSegmentationLib.training.loop import Training
    from LightMSegmentationLib.training.validation import Scores

SCORES_FILE = "scores.json"


@dataclass(frozen=True)
class Outcome:
    """What one variant reached on the patients whom one fold held out.

    ``seconds_per_step`` is the median, on whatever else the machine had to do; ``cases`` are Dice of organ (called
    liver) and tumor at the archive's spacing, of the averaged weights, as `training.validation` gives them.
    """

    variant: str
    fold: str
    seconds_per_step: float
    cases: dict[str, Scores]


def compared(
    variants: Sequence[Variant], folds: Sequence[Fold], config: TrainingConfig, archive: Archive, output: Path
) -> Iterator[Outcome]:
    """Yield every variant's outcome, fold after fold, until all are done or a signal asks to stop.

    All variants learn from the same patches with the same seed, and start from nothing. Each has a folder in
    ``output``, from which it is continued, or its scores taken, when the same comparison is asked for again.

    Raises
    ------
    UsageError
        When the configuration starts from other weights, learns from a teacher or has several archives, or when
        ``output`` holds another comparison.
    """
    if config.initial or len(config.archives) != 1:
        cause = f"The configuration {config.name!r} starts from other weights, or has several archives."
        raise UsageError(cause, "Compare variants with one archive, and without 'initial'.")
    for fold in folds:
        for variant in variants:
            outcome = _outcome(variant, fold, variant.config(config_of_fold(config, fold)), archive, output)
            if outcome is None:
                return
            yield outcome


def _outcome(variant: Variant, fold: Fold, config: TrainingConfig, archive: Archive, output: Path) -> Outcome | None:
    """Return what a variant reached, training it as far as that was not done; None where that was stopped."""
    folder = output / f"{variant.name}{fold.suffix}"
    seen = without_held_out(archive, fold)
    about = {"config": config.to_json(), "archive_sha256": seen.sha256}
    _check_same(folder, about)
    named = (variant.name, f"{fold.number}/{fold.count}")
    kept = _kept(folder)
    if kept is not None:
        return Outcome(*named, **kept)
    training = trained(variant.network(config), [seen], config, folder)
    if training.step < config.steps:
        return None
    workers = Workers()
    cases = _held_out_scores(training, archive, fold, workers)
    seconds = statistics.median(entry["seconds"] for entry in Journal(folder).entries("step"))
    outcome = Outcome(*named, round(seconds, 3), cases)
    if workers.leads:
        _keep(folder, outcome)
    return outcome


def _check_same(folder: Path, about: dict[str, Any]) -> None:
    state = load_checkpoint(folder)
    if state is not None and any(state[name] != value for name, value in about.items()):
        cause = f"The folder {folder} holds a run with another configuration or other data."
        raise UsageError(cause, "Name another folder with --output, or repeat the command that made it.")


def _kept(folder: Path) -> dict[str, Any] | None:
    path = folder / SCORES_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _keep(folder: Path, outcome: Outcome) -> None:
    values = {name: value for name, value in asdict(outcome).items() if name in {"seconds_per_step", "cases"}}
    with atomic_path(folder / SCORES_FILE) as temporary:
        temporary.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _held_out_scores(training: Training, archive: Archive, fold: Fold, workers: Workers) -> dict[str, Scores]:
    """Return the scores of the averaged weights on every case that the fold holds out, shared by all processes."""
    network = training.network
    network.load_state_dict(training.averaged_weights())
    network.eval()
    stage = stage_of(network, training.config, archive.spacing_mm)
    mine = fold.held_out(archive.cases)[workers.rank :: workers.count]
    scores = workers.gathered({case.name: case_scores(stage, case, workers.device) for case in mine})
    return dict(sorted(scores.items()))
