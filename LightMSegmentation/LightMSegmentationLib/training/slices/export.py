"""From a run of a two-dimensional network to a model: weights as safetensors, and the card that describes them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from safetensors.torch import save

from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.inference.model_card import FORMAT
from LightMSegmentationLib.network.weights import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.training.slices.loop import SliceTraining
    from LightMSegmentationLib.training.slices.pack import PicturePack

LICENSE = "Yours to choose, within the terms of the data that it was trained on"
LIMITS = (
    "Trained on one dataset and judged on its own validation pictures: expect less on those of other devices.",
    "For research. Not for clinical use.",
)


def export_slice_model(training: SliceTraining, pack: PicturePack, folder: Path) -> Path:
    """Write weights and card of a run into ``folder``, replacing those of an earlier stop; return the card's path.

    Raises
    ------
    UnusableInputError, ResourceError
        When the folder can't be written, or the disk is full.
    """
    name = training.config.name
    weights = folder / f"{name}.safetensors"
    with atomic_path(weights) as temporary:
        temporary.write_bytes(save({key: value.contiguous() for key, value in training.exported_weights().items()}))
    card = folder / f"{name}.json"
    with atomic_path(card) as temporary:
        content = _card(training, pack, weights.name, sha256_of(weights))
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return card


def _card(training: SliceTraining, pack: PicturePack, weights: str, sha256: str) -> dict[str, Any]:
    config = training.config
    plan = replace(config.plan, weights=weights, sha256=sha256)
    return {
        "format": FORMAT,
        "name": config.name,
        "version": "1",
        "license": LICENSE,
        "dims": plan.dims,
        "classes": list(plan.labels),
        "foreign": plan.entry,
        "about": {
            "sources": [{"source": pack.source, "license": pack.license, "pictures": len(pack.splits)}],
            "accuracy": _accuracy(training),
            "limits": list(LIMITS),
            "trained": {
                "pictures_sha256": pack.sha256,
                "steps": training.step,
                "hours": round(training.seconds / 3600, 2),
                "config": config.to_json(),
            },
        },
    }


def _accuracy(training: SliceTraining) -> str:
    if training.best is None:
        return "Not measured: no picture of the dataset was set aside for it."
    epoch, dsc = training.best
    return f"Dice {dsc:.4f} on the validation pictures at the network's size, after epoch {epoch}"
