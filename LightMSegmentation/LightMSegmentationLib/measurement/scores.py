"""The scores of many cases: each case's, and their means."""

from __future__ import annotations

import csv
import io
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.measurement.agreement import Agreement, compare
from LightMSegmentationLib.measurement.detection import Detection, detect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from LightMSegmentationLib.imaging.volume import Volume

MEAN = "mean"
"""Names the row of the means in a table."""
_DISTANCES = ("hd95_mm", "assd_mm")
_FIGURES = ("dice", "iou", *_DISTANCES, "prediction_ml", "reference_ml", "volume_error_ml", "volume_error_percent")


@dataclass(frozen=True)
class CaseScores:
    """How well one segmentation agrees with its reference; ``lesions`` by size class, smallest first."""

    case: str
    liver: Agreement
    tumor: Agreement
    lesions: tuple[Detection, ...]

    def as_plain(self) -> dict[str, Any]:
        """Return the scores as plain types, volume errors included."""
        classes = {name: {**asdict(one), **_volume_error(one)} for name, one in _classes(self)}
        return {"case": self.case, **classes, "lesions": [asdict(size) for size in self.lesions]}


def score(case: str, prediction: Volume, reference: Volume) -> CaseScores:
    """Compare two label maps (0 background, 1 liver, 2 tumor) on one grid.

    Raises
    ------
    UnusableInputError
        When they do not lie on the same grid.
    """
    agreements = compare(prediction, reference)
    return CaseScores(case, agreements["liver"], agreements["tumor"], detect(prediction, reference))


def means(cases: Sequence[CaseScores]) -> dict[str, Any]:
    """Return the means over cases (at least one) as plain types.

    The tumor's figures are means over the cases whose reference has tumors: without one, Dice is 1 or 0 and says
    little. Distances are means over the cases where both segmentations have the class. Volume errors are means of
    absolute values. ``lesions`` are summed by size class, ``false_lesions_a_scan`` over all sizes.
    """
    with_tumor = [case for case in cases if case.tumor.reference_ml > 0]
    false = sum(size.false_positives for case in cases for size in case.lesions)
    return {
        "cases": len(cases),
        "cases_with_tumor": len(with_tumor),
        "liver": _mean_figures([case.liver for case in cases]),
        "tumor": _mean_figures([case.tumor for case in with_tumor]),
        "lesions": [asdict(size) for size in summed_detections(case.lesions for case in cases)],
        "false_lesions_a_scan": false / len(cases),
    }


def summed_detections(cases: Iterable[tuple[Detection, ...]]) -> tuple[Detection, ...]:
    """Return the detections of several scans added up, by size class."""
    return tuple(
        Detection(
            sizes[0].from_mm,
            sizes[0].below_mm,
            sum(size.reference_lesions for size in sizes),
            sum(size.found for size in sizes),
            sum(size.predicted_lesions for size in sizes),
            sum(size.false_positives for size in sizes),
        )
        for sizes in zip(*cases, strict=True)
    )


def csv_text(cases: Sequence[CaseScores]) -> str:
    """Return a row for each case and one for the means, as comma-separated values with lines that end in CR LF."""
    rows = [_row(case.case, case.as_plain()) for case in cases]
    rows.append(_row(MEAN, means(cases)))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(name: str, plain: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the table; empty where nothing applies."""
    row: dict[str, Any] = {"case": name}
    for structure in ("liver", "tumor"):
        row |= {f"{structure}_{figure}": _rounded(plain[structure][figure]) for figure in _FIGURES}
    for size in plain["lesions"]:
        limit = "and_more" if size["below_mm"] is None else f"to_{size['below_mm']:g}"
        row |= {
            f"{column}_{size['from_mm']:g}_{limit}_mm": size[column]
            for column in ("reference_lesions", "found", "predicted_lesions", "false_positives")
        }
    return row


def _rounded(value: float | None) -> float | str:
    return "" if value is None else round(value, 4)


def _classes(case: CaseScores) -> tuple[tuple[str, Agreement], ...]:
    return ("liver", case.liver), ("tumor", case.tumor)


def _volume_error(one: Agreement) -> dict[str, float | None]:
    """Return how much larger the prediction is, in mL and in percent of the reference (None when that is empty)."""
    error = one.prediction_ml - one.reference_ml
    return {
        "volume_error_ml": error,
        "volume_error_percent": 100.0 * error / one.reference_ml if one.reference_ml else None,
    }


def _mean_figures(agreements: list[Agreement]) -> dict[str, float | None]:
    plain = [{**asdict(one), **_volume_error(one)} for one in agreements]
    return {figure: _mean([one[figure] for one in plain], figure) for figure in _FIGURES}


def _mean(values: list[float | None], figure: str) -> float | None:
    known = [value for value in values if value is not None]
    if figure.startswith("volume_error"):
        known = [abs(value) for value in known]
    return statistics.fmean(known) if known else None
