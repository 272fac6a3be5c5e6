"""``lightm segment``: one CT in, segments, lesion table, picture and report out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.photo_names import is_photo

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.cli.output_plan import OutputPlan
    from LightMSegmentationLib.inference.settings import SegmentationSettings

_EPILOG = """\
OUT decides the form by its ending:
  .seg.nrrd                Slicer segmentation with the segments 'liver' and 'liver tumor'
  .nii.gz  .nrrd  .mha     label map on the scan's grid: 1 liver, 2 tumor
  .dcm                     DICOM segmentation; INPUT must be DICOM (needs the extra 'dicom')
Of a photograph (.png, .jpg, .tif), with a model for photographs, OUT is a mask (.png, .tif) and --preview an overlay.

examples:
  lightm segment scan.nii.gz
  lightm segment scan.nii.gz -o liver.seg.nrrd --preview liver.png --table lesions.csv
  lightm segment lesion.jpg --model skin -o mask.png --preview overlay.png
  lightm segment dicom_folder --series 1.2.840.1 --mode fast -o liver.nii.gz --report run.json
  lightm segment dicom_folder -o liver.dcm --sr measurements.dcm --rtstruct outlines.dcm

Files appear together when everything is done; when a run fails or is stopped, older files stay as they were.
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "segment",
        parents=[common],
        help="find liver and tumors on one CT",
        description="Find liver and liver tumors on one abdominal CT.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", metavar="INPUT", type=Path, help="NIfTI, NRRD, MetaImage, DICOM folder, photo")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="segmentation (named after INPUT if not given)"
    )
    add_engine_arguments(parser)
    parser.add_argument("--series", metavar="UID", help="the series to take from a DICOM folder that holds several")
    parser.add_argument("--table", metavar="F.csv", type=Path, help="lesion table, .csv or .json")
    parser.add_argument("--preview", metavar="F.png", type=Path, help="picture of three slices with outlines")
    parser.add_argument("--report", metavar="F.json", type=Path, help="versions, timings, memory, findings, outputs")
    parser.add_argument("--sr", metavar="F.dcm", type=Path, help="DICOM measurement report (SR, TID 1500)")
    parser.add_argument("--rtstruct", metavar="F.dcm", type=Path, help="DICOM structure set for radiotherapy programs")
    parser.set_defaults(run=run)


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what chooses mode, device, scan backend and model."""
    parser.add_argument(
        "--mode",
        choices=("fast", "full", "best"),
        default="full",
        help="fast: whole scan coarsely; full: finely (default); best: finely at three spacings, three times as long",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="what computes")
    parser.add_argument("--backend", metavar="NAME", default="auto", help="selective-scan backend; see lightm doctor")
    parser.add_argument("--model", metavar="NAME|PATH", help="installed model or model card; see lightm models")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Segment one scan and return 0, also when no liver was found."""
    from LightMSegmentationLib.cli.peak_memory import PeakMemory
    from LightMSegmentationLib.cli.progress_bar import progress_monitor
    from LightMSegmentationLib.cli.segmentation_run import SegmentationRun
    from LightMSegmentationLib.cli.summary import summary_lines
    from LightMSegmentationLib.freed_memory import freed_memory_kept

    if is_photo(arguments.input):
        return _segment_photo(arguments, console)
    _check_series(arguments)
    plan = _planned(arguments)
    plan.check(arguments.input)
    settings = settings_of(arguments)
    with freed_memory_kept(), PeakMemory() as memory, progress_monitor(console, arguments.mode) as monitor:
        outcome = SegmentationRun(arguments.input, arguments.series, settings, plan, memory, monitor).execute()
    for note in outcome.notes:
        console.tell(f"Note: {note}")
    for line in summary_lines(outcome):
        console.say(line)
    return 0


def _segment_photo(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.cli.photo import run_photo
    from LightMSegmentationLib.model_manager.default_model import default_model

    arguments.model = arguments.model or default_model("photo")
    return run_photo(arguments, settings_of(arguments), console)


def _check_series(arguments: argparse.Namespace) -> None:
    """Refuse to choose a series of a file: it would be segmented whatever series was meant."""
    if arguments.series and arguments.input.is_file():
        cause = f"'{arguments.input.name}' is a single file, which holds no series to choose."
        raise UsageError(cause, "Leave --series out, or give the DICOM folder.")


def _planned(arguments: argparse.Namespace) -> OutputPlan:
    from LightMSegmentationLib.cli.output_plan import OutputPlan, default_segmentation

    segmentation = arguments.output or default_segmentation(arguments.input)
    return OutputPlan(
        segmentation, arguments.table, arguments.preview, arguments.report, arguments.sr, arguments.rtstruct
    )


def settings_of(arguments: argparse.Namespace) -> SegmentationSettings:
    """Return what `add_engine_arguments` made the user choose."""
    from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
    from LightMSegmentationLib.model_manager.default_model import default_model

    model = arguments.model or default_model()
    return SegmentationSettings(Mode(arguments.mode), arguments.device, arguments.backend, model)
