"""Converting a training of nnU-Net's into a model of ours: safetensors and a card."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from safetensors.torch import save_file

from LightMSegmentationLib.inference.model_card import FORMAT
from LightMSegmentationLib.network.weights import sha256_of
from LightMSegmentationLib.nnunet.plan import Fold

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.nnunet.result_folder import ResultFolder

UNKNOWN_LICENSE = "Unknown: ask who trained it"


def convert_result_folder(results: ResultFolder, name: str, license_note: str, folder: Path) -> Path:
    """Write every fold's weights and the card into ``folder``; return the card's path."""
    folds = []
    for fold, weights in results.folds.items():
        path = folder / f"{name}-{fold}.safetensors"
        save_file({key: tensor.contiguous() for key, tensor in weights.items()}, path)
        folds.append(Fold(path.name, sha256_of(path)))
    card = folder / f"{name}.json"
    document = card_document(results, replace(results.plan, folds=tuple(folds)).entry, name, license_note)
    card.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return card


def card_document(results: ResultFolder, foreign: dict[str, Any], name: str, license_note: str) -> dict[str, Any]:
    """Return the card's content."""
    plan = results.plan
    return {
        "format": FORMAT,
        "name": name,
        "version": "1",
        "license": license_note or UNKNOWN_LICENSE,
        "dims": plan.dims,
        "classes": sorted(plan.labels, key=lambda label: plan.labels[label]),
        "foreign": foreign,
        "about": {
            "origin": f"nnU-Net v2, trainer {results.trainer}, dataset {results.dataset}, {plan.configuration}",
            "folds": list(results.folds),
            "use": "Preprocessing, tiling, mirroring and export are those of nnU-Net's own predictor.",
        },
    }
