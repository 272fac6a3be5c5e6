"""``lightm batch``: every CT below a folder, one after another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.segment import add_engine_arguments, settings_of

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.outcome import BatchSummary, CaseOutcome
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.worker.conversation import Heard

_EPILOG = """\
What is finished stays finished: the same command continues after a stop and does only what is due. A case that fails
stops nothing; the exit code is then 3.

example:
  lightm batch scans results --mode fast
  lightm batch studies results --format dicom-seg
"""


SEGMENTATION_FORMATS = {
    "seg.nrrd": ".seg.nrrd",
    "nii.gz": ".nii.gz",
    "nrrd": ".nrrd",
    "mha": ".mha",
    "dicom-seg": ".seg.dcm",
}
"""The ending of the segmentation files for each choice."""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "batch",
        parents=[common],
        help="find liver and tumors on all CTs below a folder",
        description="Segment every NIfTI, NRRD, MetaImage file and DICOM series below a folder.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="INPUTS", type=Path, help="folder with scans, searched with its subfolders")
    parser.add_argument("target", metavar="OUTPUTS", type=Path, help="folder for the results")
    add_engine_arguments(parser)
    parser.add_argument(
        "--format",
        choices=SEGMENTATION_FORMATS,
        default="seg.nrrd",
        help="form of the segmentations; dicom-seg needs DICOM scans (default: seg.nrrd)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Segment what is due; return 0 when no case failed, else 3."""
    from LightMSegmentationLib.worker.client import WorkerClient

    with WorkerClient() as client:
        summary = client.batch(
            arguments.source.absolute(),
            arguments.target.absolute(),
            settings_of(arguments),
            on_event=lambda event: _tell(event, console),
            suffix=SEGMENTATION_FORMATS[arguments.format],
        )
    console.say(_summary_line(summary))
    return 3 if summary.failed else 0


def _tell(event: Heard, console: Console) -> None:
    from LightMSegmentationLib.worker.protocol import BatchPlanned, CaseFinished, CaseStarted

    if isinstance(event, BatchPlanned):
        due = sum(not case.state.is_finished for case in event.cases)
        console.tell(f"{len(event.cases)} scans found, {due} to do")
    elif isinstance(event, CaseStarted):
        console.tell(f"{event.name} ...")
    elif isinstance(event, CaseFinished):
        console.say(_case_line(event.outcome))


def _case_line(outcome: CaseOutcome) -> str:
    head = f"{outcome.name}: {outcome.state.value} in {outcome.seconds:.0f} s"
    if outcome.liver_volume_ml is None:
        return f"{head}. {outcome.message}"
    return f"{head}, liver {outcome.liver_volume_ml:.0f} mL, tumors {outcome.lesion_count}"


def _summary_line(summary: BatchSummary) -> str:
    return (
        f"{summary.done} done, {summary.no_liver} without liver, {summary.failed} failed; {summary.skipped} of them"
        f" finished earlier. {summary.seconds:.0f} s."
    )
