"""``lightm batch``: every CT below a folder."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.model_purpose import require_codes
from LightMSegmentationLib.cli.segment import add_engine_arguments, settings_of
from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.computing import Computing
    from LightMSegmentationLib.batch.order import BatchOrder
    from LightMSegmentationLib.batch.outcome import BatchSummary
    from LightMSegmentationLib.cli.batch_teller import BatchTeller
    from LightMSegmentationLib.cli.console import Console

_EPILOG = """\
What is finished stays finished: the same command continues after a stop and does only what is due. A case that fails
stops nothing.

exit codes:
  0 all cases done (also without liver)   10 some cases failed   11 none done   else as lightm segment

--series-filter chooses series by rules that have to be met, with commas between them:
  description=TEXT   the description (of a file: its name) holds TEXT; * and ? stand for anything, | for or
  description!=TEXT  it does not
  phase=NAME         native, arterial, portal or delayed, as words of the description tell; | for or
  thickness=1-5      slices of 1 to 5 mm; also -5, 1- and 5
  largest            of what is left, the series with most slices of each study (of files: of each folder)

examples:
  lightm batch studies results --dry-run
  lightm batch studies results --mode fast --series-filter "phase=portal,thickness=-5,largest"
  lightm batch studies results --format dicom-seg
  lightm batch studies results --scheduler tcp://head:8786
"""

SEGMENTATION_FORMATS = {
    "seg.nrrd": ".seg.nrrd",
    "nii.gz": ".nii.gz",
    "nrrd": ".nrrd",
    "mha": ".mha",
    "dicom-seg": ".seg.dcm",
}
"""The ending of the segmentation files for each choice."""

SOME_FAILED, NONE_DONE = 10, 11


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "batch",
        parents=[common],
        help="find liver and tumors on all CTs below a folder",
        description="Segment every NIfTI, NRRD, MetaImage file and DICOM series below a folder, also in zip archives.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="INPUT", type=Path, help="folder with scans, DICOMDIR or zip archive")
    parser.add_argument("target", metavar="OUTPUT", type=Path, help="folder for the results")
    add_engine_arguments(parser)
    parser.add_argument(
        "--format",
        choices=SEGMENTATION_FORMATS,
        default="seg.nrrd",
        help="form of the segmentations; dicom-seg needs DICOM scans (default: seg.nrrd)",
    )
    parser.add_argument(
        "--series-filter", metavar="RULES", action="append", default=[], help="which series to take; see below"
    )
    parser.add_argument("--dry-run", action="store_true", help="list what would be done, and what is left out and why")
    parser.add_argument("--json-lines", action="store_true", help="write one JSON object a line, for programs")
    parser.add_argument(
        "--keep-identifiers", action="store_true", help="name cases and days instead of numbering them, where shown"
    )
    parser.add_argument("--anonymous-names", action="store_true", help="call the files of the results case-0001 ...")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="compute on the Dask cluster of this scheduler")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Segment what is due; return 0 when every case is done, else 10 or 11."""
    order = _order(arguments)
    if arguments.format == "dicom-seg":
        require_codes(order.settings.model)
    if arguments.dry_run:
        from LightMSegmentationLib.batch.plan import dry_run
        from LightMSegmentationLib.cli.batch_listing import list_plan

        list_plan(dry_run(order), console, as_json=arguments.json_lines, keep_identifiers=arguments.keep_identifiers)
        return 0
    from LightMSegmentationLib.batch.runner import run_batch_with
    from LightMSegmentationLib.cli.batch_teller import told_batch

    with ExitStack() as stack:
        teller = stack.enter_context(told_batch(console, order, as_json=arguments.json_lines))
        computing = _computing(arguments.scheduler, teller, stack)
        summary = teller.follow(run_batch_with(order, computing))
    _tell_of_page(order, console)
    if not summary.done + summary.no_liver + summary.failed:
        cause = f"There is no CT in {arguments.source} that could be segmented."
        raise UnusableInputError(cause, "Add --dry-run to see what is left out, and why.")
    return exit_code(summary)


def _tell_of_page(order: BatchOrder, console: Console) -> None:
    from LightMSegmentationLib.report.write import PAGE_NAME, missing_packages

    if missing := missing_packages():
        console.tell(f"No {PAGE_NAME} without the packages {', '.join(missing)} (extra 'report').")
    elif (order.target / PAGE_NAME).is_file():
        console.tell(f"Report: {order.target / PAGE_NAME}")


def exit_code(summary: BatchSummary) -> int:
    """Return 0 when every case is done, 10 when some failed, 11 when all of them did."""
    if not summary.failed:
        return 0
    return SOME_FAILED if summary.done + summary.no_liver else NONE_DONE


def _order(arguments: argparse.Namespace) -> BatchOrder:
    from LightMSegmentationLib.batch.order import BatchOrder
    from LightMSegmentationLib.batch.series_filter import parse_series_filter
    from LightMSegmentationLib.model_record import model_hash_of

    settings = settings_of(arguments)
    return BatchOrder(
        source=arguments.source.absolute(),
        target=arguments.target.absolute(),
        settings=settings,
        model_hash=model_hash_of(settings.model),
        suffix=SEGMENTATION_FORMATS[arguments.format],
        series_filter=parse_series_filter(arguments.series_filter),
        anonymous_names=arguments.anonymous_names,
        keep_identifiers=arguments.keep_identifiers,
    )


def _computing(scheduler: str | None, teller: BatchTeller, stack: ExitStack) -> Computing:
    """Return where to compute: a worker process here, which a crash costs one case only, or a cluster."""
    if scheduler:
        from LightMSegmentationLib.batch.cluster import ClusterComputing

        return stack.enter_context(ClusterComputing(scheduler))
    from LightMSegmentationLib.batch.computing import LocalComputing
    from LightMSegmentationLib.worker.client import WorkerClient

    return LocalComputing(stack.enter_context(WorkerClient()).segment, teller.monitor)
