"""The comparison as a table for people, and as plain values."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from LightMSegmentationLib.training.ablations.comparison import Outcome
    from LightMSegmentationLib.training.ablations.variants import Variant

ORGAN, TUMOR = "liver", "tumor"
_MISSING = "-"


@dataclass(frozen=True)
class Row:
    """A variant, its size (parameters, multiply-accumulates of one patch) and what it reached on the folds so far."""

    variant: Variant
    parameters: int
    macs: int
    outcomes: tuple[Outcome, ...]

    def scores(self, kind: str) -> dict[str, float]:
        """Return the Dice of a kind (``ORGAN`` or ``TUMOR``) of every case that has one, over all folds."""
        scores = {name: case[kind] for outcome in self.outcomes for name, case in outcome.cases.items()}
        return {name: score for name, score in scores.items() if score is not None}


def markdown(rows: Sequence[Row]) -> str:
    """Return the table, and what its columns are, as Markdown; differences are to the first row."""
    folds = list(dict.fromkeys(outcome.fold for row in rows for outcome in row.outcomes))
    heads = [
        "variant",
        "parameters",
        "GMAC a patch",
        "s a step",
        "organ",
        "tumor",
        "organ: difference",
        "tumor: difference",
    ]
    heads += [f"{fold}: organ, tumor" for fold in folds]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += ["| " + " | ".join(_cells(row, rows[0], folds)) + " |" for row in rows]
    names = [f"- `{row.variant.name}`: {row.variant.description}." for row in rows]
    return "\n".join([*lines, "", *names, "", _EXPLANATION, ""])


def as_plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return everything in the table, and every case, as plain values."""
    return [
        {
            "variant": row.variant.name,
            "description": row.variant.description,
            "parameters": row.parameters,
            "macs": row.macs,
            "organ": _mean(row.scores(ORGAN).values()),
            "tumor": _mean(row.scores(TUMOR).values()),
            "folds": [asdict(outcome) for outcome in row.outcomes],
        }
        for row in rows
    ]


def paired_difference(scores: dict[str, float], others: dict[str, float]) -> tuple[float, float] | None:
    """Return mean and standard error of ``scores`` minus ``others`` over the cases of both; None for less than two."""
    differences = [score - others[name] for name, score in scores.items() if name in others]
    if len(differences) < 2:
        return None
    return statistics.fmean(differences), statistics.stdev(differences) / math.sqrt(len(differences))


_EXPLANATION = """\
Dice of the averaged weights on the cases of the patients whom each fold holds out, at the archive's spacing, without
post-processing: means over all cases, tumor over those that have one. Differences are to the first row, case by case:
mean and its standard error. Operations are multiply-accumulates of one patch, scans and attention counted. Steps are
the median of what they took, beside whatever else the machine did."""


def _cells(row: Row, first: Row, folds: Sequence[str]) -> list[str]:
    seconds = [outcome.seconds_per_step for outcome in row.outcomes]
    cells = [f"`{row.variant.name}`", f"{row.parameters / 1e6:.3f} M", f"{row.macs / 1e9:.2f}"]
    cells += [f"{statistics.fmean(seconds):.2f}" if seconds else _MISSING]
    cells += [_score(row.scores(kind).values()) for kind in (ORGAN, TUMOR)]
    cells += [_difference(row, first, kind) for kind in (ORGAN, TUMOR)]
    for fold in folds:
        part = Row(row.variant, 0, 0, tuple(outcome for outcome in row.outcomes if outcome.fold == fold))
        cells.append(", ".join(_score(part.scores(kind).values()) for kind in (ORGAN, TUMOR)))
    return cells


def _difference(row: Row, first: Row, kind: str) -> str:
    difference = None if row is first else paired_difference(row.scores(kind), first.scores(kind))
    return _MISSING if difference is None else f"{difference[0]:+.3f} ± {difference[1]:.3f}"


def _score(scores: Iterable[float]) -> str:
    mean = _mean(scores)
    return _MISSING if mean is None else f"{mean:.3f}"


def _mean(scores: Iterable[float]) -> float | None:
    present = list(scores)
    return statistics.fmean(present) if present else None
