"""``lightm report``: the page about a batch, written anew."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console

_EPILOG = """\
A batch writes its page when it ends; this writes it for a batch that was stopped, or with other privacy.

examples:
  lightm report results
  lightm report results --keep-identifiers
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "report",
        parents=[common],
        help="write the page about a batch",
        description="Write lightm-report.html and lightm-report.csv into the output folder of a batch.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="OUTPUT", type=Path, help="output folder of lightm batch")
    parser.add_argument(
        "--keep-identifiers", action="store_true", help="show names of cases, patient IDs and dates, not numbers"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the page, say where it is, and return 0."""
    from LightMSegmentationLib.report.write import write_batch_report

    page = write_batch_report(arguments.target.absolute(), keep_identifiers=arguments.keep_identifiers)
    console.say(str(page))
    return 0
