"""Logits of whole scans on disk, so that what is fitted to them needs the networks only once."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.hounsfield import as_int16
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.inference.prediction import Prediction, predict
from LightMSegmentationLib.inference.stopwatch import Stopwatch
from LightMSegmentationLib.progress import SilentMonitor

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.inference.model import LoadedModel
    from LightMSegmentationLib.training.cases import Case


def kept_prediction(case: Case, model: LoadedModel, folder: Path) -> Prediction | None:
    """Return what a model says about a case, from ``folder`` if these weights said it before; None without a liver."""
    weights = {name: stage.plan.sha256 for name, stage in model.stages.items()}
    path = folder / f"{case.name}.npz"
    kept = _read(path, weights) if path.is_file() else None
    if kept is not None:
        return kept
    canonical = to_canonical(as_int16(read_volume(case.image).volume).volume)
    prediction = predict(canonical, model, Stopwatch(SilentMonitor()))
    if prediction is not None:
        _write(prediction, weights, path)
    return prediction


def _write(prediction: Prediction, weights: dict[str, str], path: Path) -> None:
    """Write a prediction, logits as float16: a hundredth is far below what tells one class from another."""
    about = {"weights": weights, "grid": asdict(prediction.grid), "midline": prediction.midline}
    text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished.npz")
    np.savez_compressed(unfinished, allow_pickle=False, about=text, logits=prediction.logits.astype(np.float16))
    unfinished.replace(path)


def _read(path: Path, weights: dict[str, str]) -> Prediction | None:
    """Return what a file holds, or None when other weights said it."""
    with np.load(path, allow_pickle=False) as content:
        about = json.loads(bytes(content["about"]))
        if about["weights"] != weights:
            return None
        grid = Grid(**{name: tuple(values) for name, values in about["grid"].items()})
        return Prediction(content["logits"].astype(np.float32), grid, about["midline"])
