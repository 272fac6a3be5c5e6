"""One model whose weights are the mean of several models' weights.

``python -m LightMSegmentationLib.training.weight_mean --models a.json b.json --output FOLDER --version V``

Runs that started from the same weights and went on with other seeds or settings often end in one valley of the loss:
the mean of their weights is at least as good as the best of them, and costs at inference what one of them costs. Means
of networks that started apart are worth nothing; the cards can't tell, an evaluation does. Source: Wortsman et al.,
"Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference time"
(2022).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.network.weights import read_weights, sha256_of
from LightMSegmentationLib.training.export import stored_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from LightMSegmentationLib.inference.model_card import ModelCard

_SHARED = ("network", "inputs", "spacing_mm", "window_hu", "clamp_hu")
"""Entries of a stage in which all models must agree, since they decide what the weights mean."""


def write_mean_model(models: Sequence[Path], version: str, output: Path) -> Path:
    """Write the model whose weights are the mean of those of the cards ``models``; return the path of its card.

    Name, license, patch and margin are the first model's. Neither calibration nor accuracy is taken over: both belong
    to weights that were judged.

    Raises
    ------
    UsageError
        When these are fewer than two models, their networks, inputs or spacings differ, or one of them lies in
        ``output``.
    ModelError
        When a card or its weights can't be read.
    """
    cards = [read_model_card(path) for path in models]
    _check(cards)
    if output.resolve() in {card.path.parent.resolve() for card in cards}:
        cause = f"The folder {output} holds a model of which the mean is made, and would be written over."
        raise UsageError(cause, "Name another folder with --output.")
    contents = [json.loads(card.path.read_text(encoding="utf-8")) for card in cards]
    files = _write_weights(cards, output)
    stages = {
        stage: _stage([content["stages"][stage] for content in contents], cards, files[stage])
        for stage in cards[0].stages
    }
    path = output / f"{cards[0].name}.json"
    card = {**contents[0], "version": version, "stages": stages, "about": _about(cards)}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return path


def mean_weights(networks: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return the mean of every tensor (float32) over networks that have the same ones."""
    return {name: torch.stack([weights[name].double() for weights in networks]).mean(0).float() for name in networks[0]}


def _check(cards: Sequence[ModelCard]) -> None:
    first = cards[0]
    if len(cards) < 2:
        cause = "A mean needs at least two models."
        raise UsageError(cause, "Name the cards of all of them after --models.")
    for card in cards:
        if card.foreign is not None:
            cause = f"{card.path} is a model that others made, whose weights are not averaged here."
            raise UsageError(cause, "Name models that 'lightm train' made.")
        if set(card.stages) != set(first.stages):
            cause = f"{card.path} has the stages {', '.join(card.stages)}, {first.path} has {', '.join(first.stages)}."
            raise UsageError(cause, "Name models with the same stages.")
        for stage, plan in card.stages.items():
            differing = [name for name in _SHARED if getattr(plan, name) != getattr(first.stages[stage], name)]
            if differing:
                cause = f"{card.path} and {first.path} differ in {', '.join(differing)} of the stage {stage}."
                raise UsageError(cause, "Name models that were trained alike.")


def _write_weights(cards: Sequence[ModelCard], output: Path) -> dict[str, Path]:
    """Write the mean weights of every stage, once where stages share them in all models; return their files."""
    files: dict[tuple[str, ...], Path] = {}
    for stage in cards[0].stages:
        parts = _hashes(cards, stage)
        if parts in files:
            continue
        suffix = f"-{stage}" if files else ""
        files[parts] = output / f"{cards[0].name}{suffix}.safetensors"
        networks = [read_weights(card.weights_path(card.stages[stage]), card.stages[stage].sha256) for card in cards]
        with atomic_path(files[parts]) as temporary:
            temporary.write_bytes(stored_weights(mean_weights(networks)))
    return {stage: files[_hashes(cards, stage)] for stage in cards[0].stages}


def _hashes(cards: Sequence[ModelCard], stage: str) -> tuple[str, ...]:
    return tuple(card.stages[stage].sha256 for card in cards)


def _stage(entries: Sequence[dict[str, Any]], cards: Sequence[ModelCard], weights: Path) -> dict[str, Any]:
    """Return the card's entry of a stage: the first model's, with the mean's weights and where they come from."""
    parts = [
        {"version": card.version, "sha256": entry["sha256"], "trained": entry.get("trained")}
        for card, entry in zip(cards, entries, strict=True)
    ]
    kept = {name: value for name, value in entries[0].items() if name != "calibration"}
    return {**kept, "weights": weights.name, "sha256": sha256_of(weights), "trained": {"mean_of": parts}}


def _about(cards: Sequence[ModelCard]) -> dict[str, Any]:
    """Return the first card's free part, with the limits and sources of all, and of which models it is the mean."""
    about = {name: value for name, value in cards[0].about.items() if name not in {"accuracy", "calibration"}}
    for name in ("limits", "sources"):
        entries = [entry for card in cards for entry in card.about.get(name, [])]
        if entries:
            about[name] = [entry for number, entry in enumerate(entries) if entry not in entries[:number]]
    parts = [{"name": card.name, "version": card.version, "weights": card.weights_files} for card in cards]
    return {**about, "mean_of": parts}


def main() -> None:
    """Read the command line and write the mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", type=Path, required=True, help="cards of the models, two or more")
    parser.add_argument("--output", type=Path, required=True, help="folder for weights and card")
    parser.add_argument("--version", required=True, help="version of the new model")
    arguments = parser.parse_args()
    write_mean_model(arguments.models, arguments.version, arguments.output)


if __name__ == "__main__":
    main()
