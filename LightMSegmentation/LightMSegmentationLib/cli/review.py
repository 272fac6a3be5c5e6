"""``lightm review``: looking at a CT, segmenting and correcting it, in the browser."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.listen import LOOPBACK, port_number
from LightMSegmentationLib.cli.model_purpose import require_liver
from LightMSegmentationLib.cli.segment import add_engine_arguments, settings_of

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console

_EPILOG = """\
The page belongs to this computer: it listens on 127.0.0.1, and ssh carries it to another one with
`ssh -L 8090:localhost:8090 THIS_COMPUTER`. With --host it listens elsewhere, too; then every browser has to show the
token in the address that is printed, or the one in LIGHTM_REVIEW_TOKEN. Edits are kept every few seconds in the
user's cache and come back at the next start.

examples:
  lightm review scan.nii.gz
  lightm review dicom_folder --port 8090 --no-browser
  lightm review --queue batch_output
  lightm review --queue batch_output --training-list reviewed
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "review",
        parents=[common],
        help="look at a CT in the browser, segment it, correct what was found",
        description="Open a page to look at a CT, segment liver and tumors, correct and save them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "input",
        metavar="INPUT",
        nargs="?",
        type=Path,
        help="NIfTI, NRRD, MetaImage, DICOM folder, output of a batch; without it, choose a CT in the page",
    )
    parser.add_argument("--queue", metavar="DIR", type=Path, help="review the cases that lightm batch put into DIR")
    parser.add_argument("--source", metavar="DIR", type=Path, help="where the scans of the batch are, if they moved")
    parser.add_argument(
        "--training-list",
        metavar="DIR",
        type=Path,
        help="write the accepted and corrected cases of --queue into DIR for lightm train --data; opens no page",
    )
    parser.add_argument("--series", metavar="UID", help="the series to take from a DICOM folder that holds several")
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK}: this computer)")
    parser.add_argument(
        "--port", type=port_number, default=8090, help="port to listen on (default 8090; 0: a free one)"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    add_engine_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Serve until Ctrl-C, or write the training list; then return 0."""
    _make_sense(arguments)
    if arguments.training_list is not None:
        return _write_training_list(arguments, console)
    _require_packages()
    settings = settings_of(arguments)
    require_liver(settings.model)
    from LightMSegmentationLib.review.server import ReviewOrder, serve

    order = ReviewOrder(
        arguments.input,
        arguments.series,
        arguments.queue,
        arguments.source,
        settings,
        arguments.host,
        arguments.port,
        not arguments.no_browser,
    )
    with contextlib.suppress(KeyboardInterrupt):
        serve(order, console.say)
    console.tell("Stopped. Edits are kept.")
    return 0


def _make_sense(arguments: argparse.Namespace) -> None:
    """Take a batch's output as the queue, and refuse what does not go together.

    Raises
    ------
    UsageError
        When options contradict each other.
    UnusableInputError
        When a path is not there.
    """
    from LightMSegmentationLib.batch.ledger import LEDGER_NAME
    from LightMSegmentationLib.errors import UnusableInputError, UsageError

    if arguments.input is not None and arguments.queue is None and (arguments.input / LEDGER_NAME).is_file():
        arguments.input, arguments.queue = None, arguments.input
    if arguments.input is not None and arguments.queue is not None:
        cause = "A scan and --queue were given."
        raise UsageError(cause, "Give one of them.")
    if arguments.queue is None and (arguments.training_list is not None or arguments.source is not None):
        cause = "--training-list and --source belong to --queue."
        raise UsageError(cause, "Name the output folder of the batch with --queue.")
    for path in (arguments.input, arguments.queue, arguments.source):
        if path is not None and not path.exists():
            cause = f"{path} does not exist."
            raise UnusableInputError(cause, "Check the path.")
    if arguments.queue is not None:
        from LightMSegmentationLib.review.review_queue import ReviewQueue

        ReviewQueue(arguments.queue, arguments.source).close()


def _write_training_list(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.review.review_queue import ReviewQueue
    from LightMSegmentationLib.review.training_list import write_training_list

    queue = ReviewQueue(arguments.queue, arguments.source)
    try:
        written = write_training_list(queue, arguments.training_list, lambda name: console.tell(f"Writing {name}"))
    finally:
        queue.close()
    for reason in written.left_out:
        console.tell(f"Left out: {reason}")
    console.say(f"{written.accepted} accepted and {written.corrected} corrected cases in {arguments.training_list}.")
    console.say(f"Train with them: lightm train CONFIG --data {arguments.training_list}")
    return 0


def _require_packages() -> None:
    """Make sure that what the page is made of is installed.

    Raises
    ------
    ModelError
        When it is not.
    """
    import importlib.util

    from LightMSegmentationLib.errors import ModelError

    missing = [name for name in ("trame_slicer", "slicer", "aiohttp") if importlib.util.find_spec(name) is None]
    if missing:
        cause = f"lightm review needs Python packages that are not installed: {', '.join(missing)}."
        raise ModelError(cause, 'Install them with: pip install "lightm-segmentation[review]"')
