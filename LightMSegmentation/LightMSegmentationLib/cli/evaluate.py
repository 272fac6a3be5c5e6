"""``lightm evaluate``: how well a segmentation agrees with a reference."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.measurement.agreement import Agreement
    from LightMSegmentationLib.measurement.detection import Detection

_EPILOG = """\
Both files are label maps (1 liver, 2 tumor) or Slicer segmentations (.seg.nrrd). 'liver' is the organ including its
tumors. Files of one scan may differ in orientation and extent; a file on another grid is refused unless --resample.

examples:
  lightm evaluate liver.seg.nrrd expert.nii.gz
  lightm evaluate liver.nii.gz expert.nii.gz --json > scores.json
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "evaluate",
        parents=[common],
        help="compare a segmentation with a reference",
        description="Compare a segmentation with a reference: Dice, IoU, HD95, ASSD, volumes, lesions found.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("prediction", metavar="PREDICTION", type=Path, help="the segmentation to judge")
    parser.add_argument("reference", metavar="REFERENCE", type=Path, help="what counts as right")
    parser.add_argument("--resample", action="store_true", help="bring PREDICTION onto the grid of REFERENCE (nearest)")
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the agreement and return 0."""
    from LightMSegmentationLib.cli.label_file import read_labels
    from LightMSegmentationLib.cli.same_grid import on_grid_of
    from LightMSegmentationLib.measurement.agreement import compare
    from LightMSegmentationLib.measurement.detection import detect

    prediction, reference = read_labels(arguments.prediction), read_labels(arguments.reference)
    prediction = on_grid_of(reference, prediction, allow_resampling=arguments.resample)
    agreements, detections = compare(prediction, reference), detect(prediction, reference)
    if arguments.json:
        classes = {name: asdict(agreement) for name, agreement in agreements.items()}
        console.say_json({**classes, "lesions": [asdict(detection) for detection in detections]})
        return 0
    for line in (*_agreement_lines(agreements), *_detection_lines(detections)):
        console.say(line)
    return 0


def _agreement_lines(agreements: dict[str, Agreement]) -> Iterator[str]:
    yield f"{'':8}{'Dice':>8}{'IoU':>8}{'HD95 mm':>10}{'ASSD mm':>10}{'volume mL':>12}{'reference mL':>14}"
    for name, agreement in agreements.items():
        distances = "".join(
            f"{'-':>10}" if distance is None else f"{distance:10.2f}"
            for distance in (agreement.hd95_mm, agreement.assd_mm)
        )
        volumes = f"{agreement.prediction_ml:12.1f}{agreement.reference_ml:14.1f}"
        yield f"{name:8}{agreement.dice:8.4f}{agreement.iou:8.4f}{distances}{volumes}"


def _detection_lines(detections: tuple[Detection, ...]) -> Iterator[str]:
    for detection in detections:
        if detection.reference_lesions or detection.predicted_lesions:
            yield (
                f"lesions {_sizes(detection)}: {detection.found} of {detection.reference_lesions} found,"
                f" {detection.false_positives} false"
            )


def _sizes(detection: Detection) -> str:
    if detection.below_mm is None:
        return f"of {detection.from_mm:g} mm and more"
    return f"of {detection.from_mm:g} to {detection.below_mm:g} mm"
