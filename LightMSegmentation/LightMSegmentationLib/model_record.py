"""What identifies a model, and its card for the record; no torch is needed for either."""

from __future__ import annotations

import hashlib

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference.model_store import find_card


def model_hash_of(model: str) -> str:
    """Return the SHA-256 of a model's card, which holds those of the weights.

    Raises
    ------
    ModelError
        When there is no such model.
    """
    path = find_card(model)
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        cause = f"The model card {path} can't be read ({error.strerror})."
        raise ModelError(cause, "Check the path, or choose an installed model.") from error


def card_of(model: str, model_hash: str) -> str:
    """Return the text of the card whose hash is ``model_hash``, empty when the model has none."""
    try:
        content = find_card(model).read_bytes()
    except (ModelError, OSError):
        return ""
    return content.decode("utf-8", "replace") if hashlib.sha256(content).hexdigest() == model_hash else ""
