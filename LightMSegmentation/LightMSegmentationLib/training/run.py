"""Start or continue a training run: ``python -m LightMSegmentationLib.training.run CONFIG``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.freed_memory import freed_memory_kept
from LightMSegmentationLib.inference.model import load_stage
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.training.archive import load_archive, pack_archive, save_archive
from LightMSegmentationLib.training.cases import read_manifest
from LightMSegmentationLib.training.config import load_config
from LightMSegmentationLib.training.folds import Fold, without_held_out
from LightMSegmentationLib.training.healthy_liver import with_healthy_liver
from LightMSegmentationLib.training.initial_weights import BY_HASH, initial_weights, installed_stage, load_into
from LightMSegmentationLib.training.loop import Training
from LightMSegmentationLib.training.places import archive_path, state_folder
from LightMSegmentationLib.training.refined_labels import refined_archive
from LightMSegmentationLib.training.stopping import stopped_by_signals
from LightMSegmentationLib.training.validation import CLASS_COUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.inference.model import LoadedStage
    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import ArchiveConfig, TrainingConfig


def build_network(config: TrainingConfig) -> LightMUNet:
    """Return the run's network with seeded weights, or with those that it starts from.

    Raises
    ------
    UsageError
        When these are not there.
    """
    torch.manual_seed(config.seed)
    size = config.network
    network = LightMUNet(3, len(config.inputs), CLASS_COUNT, size.init_filters, size.blocks_down, size.blocks_up)
    if config.initial:
        load_into(network, initial_weights(config.initial))
    return network


def prepared_archive(config: ArchiveConfig, data: Path | None) -> Archive:
    """Return an archive from the user's cache, packing it from the data folder the first time, as the run wants it.

    Raises
    ------
    UsageError
        When it has to be packed and no data folder was named.
    """
    path = archive_path(config.name)
    if not path.is_file():
        if data is None:
            cause = f"The training data {config.name!r} have not been packed yet."
            raise UsageError(cause, "Name the folder of manifest.csv once: --data FOLDER.")
        pack_archive(read_manifest(data), config, path)
    archive = load_archive(path if config.teacher is None else _refined(config.name, path, config.teacher))
    return archive if config.healthy_hu is None else with_healthy_liver(archive, config.healthy_hu)


def _refined(name: str, path: Path, teacher: str) -> Path:
    """Return the file of the archive that a teacher refined, making it the first time."""
    refined = archive_path(f"{name}-{teacher[:8]}")
    if not refined.is_file():
        archive = load_archive(path)
        save_archive(refined_archive(archive, load_teacher(teacher)).cases, archive.spacing_mm, refined)
    return refined


def load_teacher(sha256: str) -> LoadedStage:
    """Return the installed network with these weights, on the CPU."""
    card, plan = installed_stage(sha256)
    return load_stage(card, plan, torch.device("cpu"), "auto")


def config_of_fold(config: TrainingConfig, fold: Fold) -> TrainingConfig:
    """Return the configuration under the fold's name; it starts from weights that saw nobody whom the fold holds out.

    Raises
    ------
    UsageError
        When the run learns from an installed model, which may have been trained on whom the fold holds out.
    """
    taught = any(archive.teacher for archive in config.archives)
    if taught or (config.initial and config.initial.startswith(BY_HASH)):
        cause = f"No fold of {config.name!r} can be trained: it learns from a model that has seen all patients."
        raise UsageError(cause, "Let a copy start from a run of the same fold, or from nothing, and name no teacher.")
    initial = config.initial and fold.earlier_run(config.initial)
    return replace(config, name=f"{config.name}{fold.suffix}", initial=initial)


def train(
    config_path: Path,
    folder: Path | None = None,
    minutes: float = float("inf"),
    data: Path | None = None,
    fold: Fold | None = None,
) -> Training:
    """Train the run that a configuration file describes, continuing from its state folder.

    Parameters
    ----------
    config_path
        JSON file of a `TrainingConfig`.
    folder
        Where checkpoints and journal are; by default below the user's cache.
    minutes
        When to stop, resumable.
    data
        Folder of ``manifest.csv`` and the cases; needed the first time only.
    fold
        Of a cross-validation: the patients whom it holds out are not trained on, and the run has a name of its own.
    """
    config = load_config(config_path)
    archives = [prepared_archive(source, data) for source in config.archives]
    if fold is not None:
        config = config_of_fold(config, fold)
        archives = [without_held_out(archive, fold) for archive in archives]
    training = trained(build_network(config), archives, config, folder or state_folder(config.name), minutes)
    training.leave()
    return training


def trained(
    network: LightMUNet,
    archives: Sequence[Archive],
    config: TrainingConfig,
    folder: Path,
    minutes: float = float("inf"),
) -> Training:
    """Train a network, continuing from its state folder, until its last step, the time or a signal ends it."""
    training = Training(network, archives, config, folder)
    with freed_memory_kept(), stopped_by_signals(training.stop):
        training.run(minutes)
    return training


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--state", type=Path, help="folder of checkpoints and logs (default: in the user's cache)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, resumable, after so many minutes")
    parser.add_argument("--data", type=Path, help="folder of manifest.csv and the cases (the first time only)")
    parser.add_argument("--fold", type=Fold.of_text, help="fold of a cross-validation, such as 2/5")
    arguments = parser.parse_args()
    train(arguments.config, arguments.state, arguments.minutes, arguments.data, arguments.fold)


if __name__ == "__main__":
    main()
