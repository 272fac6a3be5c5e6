"""A run's curves as a picture: loss, learning rate and validation Dice over the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.training.journal import Journal

_SMOOTHING_STEPS = 25


def draw_curves(journal: Journal, path: Path) -> None:
    """Draw the curves of a journal into a PNG (needs matplotlib, of the training extra)."""
    from matplotlib.figure import Figure

    steps, checks = journal.entries("step"), journal.entries("validation")
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    numbers = [entry["step"] for entry in steps]
    losses.plot(numbers, [entry["loss"] for entry in steps], linewidth=0.4, color="0.7")
    losses.plot(numbers, _smoothed([entry["loss"] for entry in steps]), color="tab:blue")
    losses.set(xlabel="step", ylabel="training loss")
    for stage in sorted({stage for entry in checks for stage in entry["stages"]}):
        for name in ("liver", "tumor"):
            known = [(entry["step"], entry["stages"][stage]["mean"][name]) for entry in checks]
            points = [(step, dice) for step, dice in known if dice is not None]
            scores.plot(*zip(*points, strict=True) if points else ((), ()), marker="o", label=f"{name}, {stage}")
    scores.set(xlabel="step", ylabel="validation Dice", ylim=(0.0, 1.0))
    scores.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _smoothed(values: list[float]) -> np.ndarray:
    """Return the running mean over the last 25 steps."""
    total = np.cumsum([0.0, *values])
    stop = np.arange(1, len(values) + 1)
    start = np.maximum(stop - _SMOOTHING_STEPS, 0)
    return (total[stop] - total[start]) / (stop - start)
