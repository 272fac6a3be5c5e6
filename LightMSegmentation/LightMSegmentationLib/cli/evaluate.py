"""``lightm evaluate``: how well a segmentation, or a folder of them, agrees with references."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.measurement.agreement import Agreement
    from LightMSegmentationLib.measurement.detection import Detection

_EPILOG = """\
Files are label maps (1 liver, 2 tumor) or Slicer segmentations (.seg.nrrd). 'liver' is the organ including its
tumors. Files of one scan may differ in orientation and extent; a file on another grid is refused unless --resample.

With --cases, a prediction <case>.seg.nrrd (or .nii.gz, .nrrd, .mha) belongs to the reference <case>_label.nii.gz (or
the like) in the same folder or in that of --references; a scan <case>_ct.nii.gz beside the reference serves the
picture. -o writes scores.csv, scores.json and sheet.png.

Of masks of photographs (.png, .jpg, .tif; two files or two folders) mIoU, DSC, accuracy, specificity and sensitivity
over all pixels are written, as papers report them.

examples:
  lightm evaluate liver.seg.nrrd expert.nii.gz
  lightm evaluate liver.nii.gz expert.nii.gz --json > scores.json
  lightm evaluate --cases results --references experts -o evaluation
  lightm evaluate my_masks ISIC2018_Task1_Validation_GroundTruth
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "evaluate",
        parents=[common],
        help="compare segmentations with references",
        description="Compare segmentations with references: Dice, IoU, HD95, ASSD, volumes, lesions found.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("prediction", metavar="PREDICTION", type=Path, nargs="?", help="the segmentation to judge")
    parser.add_argument("reference", metavar="REFERENCE", type=Path, nargs="?", help="what counts as right")
    parser.add_argument("--cases", metavar="FOLDER", type=Path, help="judge all segmentations of a folder instead")
    parser.add_argument("--references", metavar="FOLDER", type=Path, help="with --cases: where their references are")
    parser.add_argument("-o", "--output", metavar="FOLDER", type=Path, help="with --cases: table, JSON and picture")
    parser.add_argument("--resample", action="store_true", help="bring PREDICTION onto the grid of REFERENCE (nearest)")
    parser.add_argument(
        "--labels", metavar="A,B,...", help="classes of two label maps of other organs, values 1, 2, ..."
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the agreement and return 0.

    Raises
    ------
    UsageError
        When neither two files nor a folder is named, or both.
    """
    if arguments.cases is not None:
        return _run_cases(arguments, console)
    if arguments.reference is None or arguments.references is not None or arguments.output is not None:
        cause = "Two files are compared, or all of a folder with --cases."
        raise UsageError(cause, "Name PREDICTION and REFERENCE, or --cases FOLDER with --references and -o.")
    if arguments.labels:
        from LightMSegmentationLib.cli.evaluate_labels import evaluate_labels

        names = tuple(name.strip() for name in arguments.labels.split(","))
        evaluate_labels(arguments.prediction, arguments.reference, names, console, as_json=arguments.json)
        return 0
    from LightMSegmentationLib.cli.evaluate_masks import are_masks, evaluate_masks

    if are_masks(arguments.prediction, arguments.reference):
        evaluate_masks(arguments.prediction, arguments.reference, console, as_json=arguments.json)
        return 0
    from LightMSegmentationLib.cli.same_grid import on_grid_of
    from LightMSegmentationLib.label_file import read_labels
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


def _run_cases(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.cli.evaluate_cases import evaluate_cases

    if arguments.prediction is not None:
        cause = f"{arguments.prediction} was named beside --cases."
        raise UsageError(cause, "Name either two files or --cases FOLDER.")
    evaluate_cases(
        arguments.cases,
        arguments.references,
        arguments.output,
        resample=arguments.resample,
        as_json=arguments.json,
        console=console,
    )
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
