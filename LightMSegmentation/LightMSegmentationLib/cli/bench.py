"""``lightm bench``: how fast this machine is, as a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.benchmark.comparison import Candidate, Figures
    from LightMSegmentationLib.cli.console import Console

_WHAT = ("scan", "layer", "network", "peers", "segment")

_EPILOG = """\
Candidates take turns; seconds are medians. CPU seconds add up those of all threads, and mean most on a machine that
does other things, too. Peers are measured where the packages monai and dynamic-network-architectures are installed.

examples:
  lightm bench --what scan
  lightm bench --what segment --scan ct.nii.gz --json
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "bench",
        parents=[common],
        help="measure speed and memory (for developers)",
        description="Measure speed and memory on this machine; write a Markdown table.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--what", choices=_WHAT, default="network", help="what is measured (network)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="what computes")
    parser.add_argument("--length", metavar="N", type=int, default=262_144, help="tokens of scan and layer (262144)")
    parser.add_argument("--size", metavar="N", type=int, default=128, help="voxels along each axis of a cube (128)")
    parser.add_argument("--rounds", metavar="N", type=int, default=5, help="rounds after the warm-up (5)")
    parser.add_argument("--scan", metavar="INPUT", type=Path, help="the CT that segment takes")
    parser.add_argument("--json", action="store_true", help="write JSON instead")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the table and return 0."""
    from LightMSegmentationLib.benchmark.table import document, machine, markdown

    _check(arguments)
    title, figures = _measured(arguments)
    if arguments.json:
        console.say_json(document(title, figures))
        return 0
    console.say(markdown(title, figures))
    console.say("")
    console.say("; ".join(f"{name} {value}" for name, value in machine().items()) + ".")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.what == "segment" and arguments.scan is None:
        cause = "There is nothing to segment."
        raise UsageError(cause, "Name a CT: --scan INPUT.")
    if arguments.size < 1 or arguments.size % 32:
        cause = f"The size of the cube must be a multiple of 32, not {arguments.size}."
        raise UsageError(cause)
    if min(arguments.length, arguments.rounds) < 1:
        cause = "Length and rounds must be positive."
        raise UsageError(cause)


def _measured(arguments: argparse.Namespace) -> tuple[str, Sequence[Figures]]:
    if arguments.what == "segment":
        from LightMSegmentationLib.benchmark.segmentation import segmentation_figures

        return f"Segmentation of {arguments.scan.name}", segmentation_figures(arguments.scan)
    from LightMSegmentationLib.benchmark.comparison import compare

    title, candidates = _candidates(arguments)
    return title, compare(candidates, arguments.rounds)


def _candidates(arguments: argparse.Namespace) -> tuple[str, list[Candidate]]:
    from LightMSegmentationLib.benchmark.layer import layer_candidates
    from LightMSegmentationLib.benchmark.network import network_candidates
    from LightMSegmentationLib.benchmark.peers import peer_candidates
    from LightMSegmentationLib.benchmark.scan import scan_candidates
    from LightMSegmentationLib.inference.device import choose_device

    device = choose_device(arguments.device)
    if arguments.what == "scan":
        return f"Scan, 64 channels, 16 states, {arguments.length} steps, {device}", scan_candidates(
            device, arguments.length
        )
    if arguments.what == "layer":
        return f"Mamba layer, 16 channels, {arguments.length} tokens, {device}", layer_candidates(
            device, arguments.length
        )
    make = peer_candidates if arguments.what == "peers" else network_candidates
    return f"Forward pass over {arguments.size}^3 voxels, {device}", make(device, arguments.size)
