"""``lightm evaluate --cases``: a folder of segmentations against their references."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.cli.case_pairs import find_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL.Image import Image

    from LightMSegmentationLib.cli.case_pairs import CasePair
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.scores import CaseScores

TABLE, DOCUMENT, SHEET = "scores.csv", "scores.json", "sheet.png"
_HEADER = (
    f"{'case':20}{'liver Dice':>11}{'IoU':>8}{'HD95':>7}{'ASSD':>7}{'vol %':>7}"
    f"{'tumor Dice':>12}{'IoU':>8}{'HD95':>7}{'ASSD':>7}{'vol %':>7}{'found':>8}{'false':>6}"
)


def evaluate_cases(
    predictions: Path, references: Path | None, output: Path | None, *, resample: bool, as_json: bool, console: Console
) -> None:
    """Compare every prediction with its reference; write table, document and picture into ``output`` if it is named.

    Raises
    ------
    UnusableInputError
        When files lack partners, can't be read, or lie on different grids.
    """
    from LightMSegmentationLib.measurement.scores import means

    scores, strips = [], []
    for pair in find_pairs(predictions, references):
        console.tell(f"Comparing {pair.name}.")
        score, strip = _compared(pair, resample=resample, draw=output is not None)
        scores.append(score)
        strips.extend(strip)
    mean = means(scores)
    document = {"cases": [case.as_plain() for case in scores], "mean": mean}
    if output is not None:
        _write(output, scores, document, strips)
    if as_json:
        console.say_json(document)
        return
    for line in _lines(scores, mean):
        console.say(line)
    if output is not None:
        console.say(f"Wrote {TABLE}, {DOCUMENT} and {SHEET} in {output}")


def _compared(pair: CasePair, *, resample: bool, draw: bool) -> tuple[CaseScores, list[Image]]:
    """Return the scores of a case, and its strip of the sheet when it shall be drawn."""
    from LightMSegmentationLib.cli.same_grid import on_grid_of
    from LightMSegmentationLib.imaging.comparison_sheet import ComparedCase, case_strip
    from LightMSegmentationLib.label_file import read_labels
    from LightMSegmentationLib.measurement.scores import score

    reference = read_labels(pair.reference)
    prediction = on_grid_of(reference, read_labels(pair.prediction), allow_resampling=resample)
    scored = score(pair.name, prediction, reference)
    if not draw:
        return scored, []
    tumor = f"tumor {scored.tumor.dice:.3f}" if scored.tumor.reference_ml else "no tumor"
    title = f"{pair.name}   liver {scored.liver.dice:.3f}   {tumor}"
    return scored, [case_strip(ComparedCase(title, prediction, reference, _scan_on(reference, pair.scan)))]


def _scan_on(reference: Volume, path: Path | None) -> Volume | None:
    """Return the scan if there is one on the grid of its labels."""
    if path is None:
        return None
    from LightMSegmentationLib.imaging.read import read_volume
    from LightMSegmentationLib.imaging.same_place import same_place

    scan = read_volume(path).volume
    return scan if same_place(scan.grid, reference.grid) else None


def _write(output: Path, scores: Sequence[CaseScores], document: dict[str, Any], strips: Sequence[Image]) -> None:
    from LightMSegmentationLib.imaging.comparison_sheet import sheet_of
    from LightMSegmentationLib.measurement.scores import csv_text
    from LightMSegmentationLib.staged_files import StagedFiles

    with StagedFiles() as files:
        files.stage(output / TABLE).write_text(csv_text(scores), encoding="utf-8", newline="")
        files.stage(output / DOCUMENT).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        sheet_of(strips).save(files.stage(output / SHEET), format="PNG")
        files.commit()


def _lines(scores: Sequence[CaseScores], mean: dict[str, Any]) -> Iterator[str]:
    from LightMSegmentationLib.measurement.scores import MEAN

    yield _HEADER
    for case in scores:
        yield _line(case.case, case.as_plain(), has_tumor=case.tumor.reference_ml > 0)
    yield _line(MEAN, mean, has_tumor=mean["cases_with_tumor"] > 0)
    for size in mean["lesions"]:
        limit = "and more" if size["below_mm"] is None else f"to {size['below_mm']:g} mm"
        found = f"{size['found']} of {size['reference_lesions']} found, {size['false_positives']} false"
        yield f"lesions from {size['from_mm']:g} {limit}: {found}"
    yield f"false lesions a scan: {mean['false_lesions_a_scan']:.2f}"


def _line(name: str, plain: dict[str, Any], *, has_tumor: bool) -> str:
    lesions = plain["lesions"]
    found, number, false = (
        sum(size[key] for size in lesions) for key in ("found", "reference_lesions", "false_positives")
    )
    tumor = _figures(plain["tumor"], 12) if has_tumor else f"{'no tumor':>12}{'':29}"
    return f"{name:20}{_figures(plain['liver'], 11)}{tumor}{f'{found}/{number}':>8}{false:6}"


def _figures(scores: dict[str, Any], width: int) -> str:
    others = (scores[key] for key in ("hd95_mm", "assd_mm", "volume_error_percent"))
    texts = "".join(f"{'-' if value is None else f'{value:.1f}':>7}" for value in others)
    return f"{scores['dice']:{width}.4f}{scores['iou']:8.4f}{texts}"
