"""``lightm count``: parameters and operations of a network, leaving nothing out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.network.lightm_unet import LightMUNet

#: Voxels along each axis at which the LightM-UNet paper counts operations.
_SIZE = {2: 512, 3: 128}

_EPILOG = """\
Every weight and every operation is counted, those inside Mamba and its scan included (4 operations a state), which
common counters leave out. Normalization, activation and interpolation are not counted.

examples:
  lightm count --network lightmunet
  lightm count --network lightmunet --init-filters 16 --json
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "count",
        parents=[common],
        help="count a network's parameters and operations",
        description="Count a network's parameters and multiply-accumulates (MACs) of one forward pass.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--network", choices=("lightmunet",), required=True, help="the network")
    parser.add_argument("--dims", type=int, choices=(2, 3), default=3, help="dimensions of the image (3)")
    parser.add_argument("--init-filters", metavar="N", type=int, default=32, help="channels at full resolution (32)")
    parser.add_argument("--classes", metavar="N", type=int, default=3, help="classes, background included (3)")
    parser.add_argument("--json", action="store_true", help="write JSON: parameters, macs, size")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the counts and return 0."""
    from LightMSegmentationLib.network.count import count

    network = _network(arguments)
    counted = count(network, network.in_channels, [_SIZE[arguments.dims]] * arguments.dims)
    if arguments.json:
        console.say_json({"parameters": counted.parameters, "macs": counted.macs, "size": list(counted.size)})
        return 0
    console.say(f"parameters  {counted.parameters:,}")
    console.say(f"operations  {counted.macs / 1e9:.2f} GMAC = {counted.gflop:.2f} GFLOP")
    console.say(f"image size  {' x '.join(str(extent) for extent in counted.size)}")
    return 0


def _network(arguments: argparse.Namespace) -> LightMUNet:
    """Return the network to count; the reference scan needs no compiler, and counting runs a tiny image only."""
    from LightMSegmentationLib.network.lightm_unet import LightMUNet

    if arguments.classes < 1 or arguments.init_filters < 1:
        cause = "The numbers of classes and of filters must be positive."
        raise UsageError(cause)
    filters, classes = arguments.init_filters, arguments.classes
    try:
        network = LightMUNet(arguments.dims, out_channels=classes, init_filters=filters, scan_backend="reference")
    except ValueError as error:
        cause = f"There is no such network: {error}."
        raise UsageError(cause, "Change --dims or --init-filters.") from error
    return network.eval()
