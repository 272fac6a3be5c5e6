"""Making a model appear in the user's folder complete, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import user_models_folder
from LightMSegmentationLib.network.weights import sha256_of, verify_weights

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def installing(name: str) -> Iterator[Path]:
    """Give an empty folder to write ``NAME.json`` and its weights into; they are verified and then moved in place.

    Weights go before the card, so that a card that is there always has its weights. On failure nothing is left.

    Raises
    ------
    ModelError
        When what was written is no whole model.
    UsageError
        When its weights are called as those of another model are.
    UnusableInputError, ResourceError
        When the folder can't be written, or the disk is full.
    """
    target = user_models_folder()
    try:
        target.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".adding-", dir=target))
    except OSError as error:
        raise writing_error(target, error) from error
    try:
        yield folder
        card = read_model_card(folder / f"{name}.json")
        for file_name, sha256 in card.weights_files.items():
            verify_weights(folder / file_name, sha256)
            _check_not_others(target / file_name, sha256)
        for path in sorted(folder.iterdir(), key=lambda path: path.suffix == ".json"):
            path.replace(target / path.name)
    except OSError as error:
        raise writing_error(target / f"{name}.json", error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_not_others(path: Path, sha256: str) -> None:
    """Make sure that weights do not replace different ones, which another card needs; equal ones may be shared."""
    if path.is_file() and sha256_of(path) != sha256:
        cause = f"There are other weights named '{path.name}' in the models folder."
        raise UsageError(cause, "Remove the model that they belong to first, with 'lightm models remove NAME'.")
