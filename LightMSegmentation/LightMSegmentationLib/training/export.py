"""From finished runs to a model that ships: averaged weights as safetensors, and the card that describes them.

``python -m LightMSegmentationLib.training.export --data FOLDER --output FOLDER --commit HASH``
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model_card import CLASSES, FORMAT, StagePlan
from LightMSegmentationLib.network.weights import sha256_of
from LightMSegmentationLib.training.cases import read_manifest
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.intensity import WINDOW_HU
from LightMSegmentationLib.training.places import state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from LightMSegmentationLib.training.cases import Case

_LARGEST_HALF = 65504.0

OVERLAP = 0.5
"""Of neighboring tiles at inference; validation during training saves time with less."""

INTENDED_USE = (
    "Research and teaching: liver and liver tumors on contrast-enhanced CT of the abdomen. Not for clinical use."
)
LIMITS = (
    "Tumors are missed, most of all small ones and those of the arterial phase; trained on few patients.",
    "Livers after resection, with large ascites, or cut by the field of view can be incomplete.",
    "Fatty livers, darker than their vessels, are cut short, and parts of them are taken for tumor.",
    "Necrotic and calcified tumors are outlined in part; cysts, gallbladder and stomach can be called tumor.",
    "Without contrast agent the heart can be taken for liver; the tip of a left lobe around the stomach is cut off.",
    "It looks for the liver on the patient's right: with mirrored organs or wrong orientation it finds none.",
)


@dataclass(frozen=True)
class ModelName:
    """What a model is called, and which commit of the code trained it."""

    name: str
    version: str
    commit: str


def export_model(model: ModelName, runs: list[Path], cases: list[Case], output: Path) -> Path:
    """Write the weights of every run and the card into ``output``; return the card's path.

    ``runs`` are the state folders of one run that was trained on the archives ``coarse`` and ``fine``, or of one run
    for each; a stage of the model is named after its archive.

    Raises
    ------
    UsageError
        When a folder holds no checkpoint.
    """
    output.mkdir(parents=True, exist_ok=True)
    stages = {stage: entry for folder in runs for stage, entry in _export_run(model, folder, output).items()}
    card = {
        "format": FORMAT,
        "name": model.name,
        "version": model.version,
        "license": "Non-commercial use only; see LICENSE-WEIGHTS",
        "classes": list(CLASSES),
        "stages": stages,
        "about": {"intended_use": INTENDED_USE, "limits": list(LIMITS), "sources": training_sources(cases)},
    }
    path = output / f"{model.name}.json"
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return path


def _export_run(model: ModelName, folder: Path, output: Path) -> dict[str, dict[str, Any]]:
    """Write the averaged weights of a run; return the card's entry of each stage that it was trained for."""
    state = load_checkpoint(folder)
    if state is None:
        cause = f"The folder {folder} holds no training checkpoint."
        raise UsageError(cause, "Name the state folder of a run.")
    config = state["config"]
    weights = output / f"{config['name']}.safetensors"
    weights.write_bytes(stored_weights(state["average"]["weights"]))
    channels = {"in_channels": len(config["inputs"]), "out_channels": len(CLASSES)}
    entry = {
        "network": {"spatial_dims": 3, **channels, **config["network"]},
        "inputs": config["inputs"],
        "window_hu": list(WINDOW_HU),
        "patch": config["patch"],
        "overlap": OVERLAP,
        "weights": weights.name,
        "sha256": sha256_of(weights),
        "trained": {
            "commit": model.commit,
            "archive_sha256": state["archive_sha256"],
            "steps": state["step"],
            "hours": round(state["seconds"] / 3600, 2),
            "config": config,
        },
    }
    return {archive["name"]: {**_sampled_as(archive), **entry} for archive in config["archives"]}


def _sampled_as(archive: dict[str, Any]) -> dict[str, Any]:
    """Return what the card says of how scans must be sampled for a network that learned from an archive."""
    margin = {} if archive["margin_mm"] is None else {"margin_mm": archive["margin_mm"]}
    return {"spacing_mm": archive["spacing_mm"], "clamp_hu": list(StagePlan.clamp_hu), **margin}


def stored_weights(weights: Mapping[str, torch.Tensor]) -> bytes:
    """Return the content of the safetensors file that ships."""
    return save({name: _stored(tensor) for name, tensor in weights.items()})


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor as float16 where that can hold it: half the size, differences far below training noise."""
    fits = tensor.is_floating_point() and float(tensor.abs().max()) < _LARGEST_HALF
    return (tensor.half() if fits else tensor).contiguous()


def training_sources(cases: list[Case]) -> list[dict[str, Any]]:
    """Return every source of training cases with its license and what was taken from it."""
    sources: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.split == "train":
            sources.setdefault((case.source, case.licence), []).append(case)
    return [
        {
            "source": source,
            "license": licence,
            "patients": len({case.patient for case in taken}),
            "cases": [case.name for case in taken],
            "labels": sorted({case.labels for case in taken}),
        }
        for (source, licence), taken in sources.items()
    ]


def main() -> None:
    """Read the command line and export the runs in the user's cache."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of manifest.csv, for the sources")
    parser.add_argument("--output", type=Path, required=True, help="folder for weights and card")
    parser.add_argument("--commit", required=True, help="commit of the code that trained the model")
    parser.add_argument("--name", default="liver-tumor")
    parser.add_argument("--version", default="0.5.0")
    parser.add_argument("--runs", nargs="+", default=["liver-tumor"], help="names of the runs (default: liver-tumor)")
    arguments = parser.parse_args()
    model = ModelName(arguments.name, arguments.version, arguments.commit)
    export_model(model, [state_folder(run) for run in arguments.runs], read_manifest(arguments.data), arguments.output)


if __name__ == "__main__":
    main()
