"""``lightm listen``: a DICOM node that segments what it receives."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.segment import add_engine_arguments, settings_of

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.dicom_node.node import NodeSettings

LOOPBACK = "127.0.0.1"

_EPILOG = """\
DIR/received holds the studies, DIR/results the segmentations, tables and pictures, as `lightm batch` writes them; both
name patients. Ctrl-C ends the node; started again, it goes on with what was received and not finished.

examples:
  lightm listen --output node --send-to ORTHANC@127.0.0.1:4242
  lightm listen --output node --host 0.0.0.0 --port 104 --aet LIVER --settle-seconds 60
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "listen",
        parents=[common],
        help="receive CT studies over DICOM, segment them and send the segmentations on",
        description="Receive studies by C-STORE, segment every CT series, send DICOM segmentations by C-STORE.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder for studies and results")
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK}: this computer)")
    parser.add_argument(
        "--port", type=port_number, default=11112, help="port to listen on (default 11112; 0: a free one)"
    )
    parser.add_argument("--aet", metavar="TITLE", default="LIGHTM", help="this node's title (default LIGHTM)")
    parser.add_argument("--send-to", metavar="AET@HOST:PORT", help="where segmentations go; nowhere if not given")
    parser.add_argument(
        "--settle-seconds",
        metavar="S",
        type=_seconds,
        default=30.0,
        help="a study is complete when nothing has arrived for it for so long (default 30)",
    )
    add_engine_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Serve until Ctrl-C, then return 0."""
    from LightMSegmentationLib.dicom_export.packages import NODE_PACKAGES, require_packages

    require_packages(NODE_PACKAGES, "lightm listen")
    settings = _settings(arguments)
    before = os.umask(0o077)  # studies and results are for the user only
    try:
        _serve(settings, (arguments.host, arguments.port), console)
    except KeyboardInterrupt:
        console.tell("Stopped.")
    finally:
        os.umask(before)
    return 0


def _serve(settings: NodeSettings, address: tuple[str, int], console: Console) -> None:
    from LightMSegmentationLib.dicom_node.node import Node
    from LightMSegmentationLib.dicom_node.storage_service import StorageService
    from LightMSegmentationLib.worker.client import WorkerClient

    with (
        WorkerClient() as worker,
        Node(settings, worker, console.say) as node,
        StorageService(node.inbox, address, settings.title, node.arrived) as service,
    ):
        console.say(f"Listening as {settings.title} on {address[0]}:{service.port}.")
        while True:
            node.serve_one()


def _settings(arguments: argparse.Namespace) -> NodeSettings:
    from LightMSegmentationLib.dicom_node.destination import Destination, checked_title
    from LightMSegmentationLib.dicom_node.node import NodeSettings

    return NodeSettings(
        arguments.output.absolute(),
        checked_title(arguments.aet),
        Destination.parse(arguments.send_to) if arguments.send_to else None,
        arguments.settle_seconds,
        settings_of(arguments),
    )


def port_number(text: str) -> int:
    """Return a port, 0 for a free one, as argparse wants it."""
    if not (text.isdecimal() and int(text) < 65536):
        message = f"'{text}' is no port: give a whole number from 0 to 65535"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        message = f"'{text}' is no time: give seconds, 0 or more"
        raise argparse.ArgumentTypeError(message)
    return seconds
