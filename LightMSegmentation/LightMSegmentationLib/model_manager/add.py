"""Adding a model of the user's own, whatever trained it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import CARD_SUFFIX, user_models_folder
from LightMSegmentationLib.model_manager.archive import ARCHIVE_SUFFIX, import_archive
from LightMSegmentationLib.model_manager.installation import installing
from LightMSegmentationLib.model_manager.names import check_free, name_from
from LightMSegmentationLib.network.weights import verify_weights
from LightMSegmentationLib.nnunet.plan import PLANS_FILE

if TYPE_CHECKING:
    from pathlib import Path

CHECKPOINT_SUFFIXES = (".pth", ".pt")
ADVICE = (
    "Name a folder of nnU-Net's results (with plans.json), a .pth file of VM-UNet, a model card (.json), or a file "
    "that 'lightm models export' wrote."
)


@dataclass(frozen=True)
class AddOptions:
    """What a checkpoint does not tell: its name, the license of its weights, and what a 2D network looks at.

    Empty entries are chosen: the name after the file, the license as unknown, the source ``photo`` for a network that
    tells one thing from its background and ``ct`` for one with more classes, as VM-UNet's authors trained them.
    """

    name: str = ""
    license: str = ""
    source: str = ""
    labels: tuple[str, ...] = ()
    neighbors: int = 0
    """Slices below and above that a network of colors sees as the other colors: 0 or 1."""


def add_model(path: Path, options: AddOptions) -> Path:
    """Add what ``path`` holds to the user's models and return its card.

    Raises
    ------
    UsageError
        When nothing of it can be a model, or the name is taken.
    ModelError
        When it is damaged, of another network, or not safe.
    """
    if not path.exists():
        cause = f"There is nothing at {path}."
        raise UsageError(cause, ADVICE)
    if (path / PLANS_FILE).is_file():
        return _add_result_folder(path, options)
    if path.is_dir():
        return _add_card(_only_card(path), options)
    suffix = path.suffix.lower()
    if suffix in CHECKPOINT_SUFFIXES:
        return _add_checkpoint(path, options)
    if suffix == CARD_SUFFIX:
        return _add_card(path, options)
    if suffix == ARCHIVE_SUFFIX:
        return import_archive(path, options.name)
    cause = f"'{path.name}' is nothing that a model can be made of."
    raise UsageError(cause, ADVICE)


def _add_result_folder(path: Path, options: AddOptions) -> Path:
    from LightMSegmentationLib.nnunet.conversion import convert_result_folder
    from LightMSegmentationLib.nnunet.result_folder import read_result_folder

    results = read_result_folder(path)
    name = check_free(options.name or name_from(f"{results.dataset}-{results.plan.configuration}"))
    with installing(name) as folder:
        convert_result_folder(results, name, options.license, folder)
    return user_models_folder() / f"{name}{CARD_SUFFIX}"


def _add_checkpoint(path: Path, options: AddOptions) -> Path:
    from LightMSegmentationLib.inference.checkpoint_conversion import convert_checkpoint

    name = check_free(options.name or name_from(path.stem))
    with installing(name) as folder:
        convert_checkpoint(path, name, options, folder)
    return user_models_folder() / f"{name}{CARD_SUFFIX}"


def _only_card(folder: Path) -> Path:
    cards = sorted(folder.glob(f"*{CARD_SUFFIX}"))
    if len(cards) != 1:
        cause = f"The folder '{folder.name}' holds {len(cards) or 'no'} model card{'s' if len(cards) > 1 else ''}."
        raise UsageError(cause, ADVICE)
    return cards[0]


def _add_card(path: Path, options: AddOptions) -> Path:
    """Copy a card, such as training writes, and its weights; the card keeps its name, which is that of its file."""
    card = read_model_card(path)
    name = check_free(options.name or path.stem)
    with installing(name) as folder:
        for file_name, sha256 in card.weights_files.items():
            verify_weights(path.parent / file_name, sha256)
            shutil.copyfile(path.parent / file_name, folder / file_name)
        shutil.copyfile(path, folder / f"{name}{CARD_SUFFIX}")
    return user_models_folder() / f"{name}{CARD_SUFFIX}"
