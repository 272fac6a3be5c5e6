"""``lightm count``: parameters and operations of a network, leaving nothing out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.network.lightm_unet import LightMUNet
    from LightMSegmentationLib.network.vm_unet import VMUNet

#: Voxels along each axis at which the papers count operations.
_SIZE = {("lightmunet", 2): 512, ("lightmunet", 3): 128, ("vm-unet", 2): 256}

_EPILOG = """\
Every weight and every operation is counted, those inside Mamba and its scan included (4 operations a state), which
common counters leave out. Normalization, activation and interpolation are not counted.

examples:
  lightm count --network lightmunet
  lightm count --network lightmunet --init-filters 16 --json
  lightm count --network vm-unet --classes 9
  lightm count --network vm-unet --classes 1 --depths 2,2,2,2 --decoder-depths 2,2,2,1      as in its paper
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
    parser.add_argument("--network", choices=("lightmunet", "vm-unet"), required=True, help="the network")
    parser.add_argument("--dims", type=int, choices=(2, 3), help="dimensions of the image (3; 2 for vm-unet)")
    parser.add_argument("--init-filters", metavar="N", type=int, help="channels at full resolution (32)")
    depths = "blocks per encoder level of vm-unet, such as 2,2,2,2 (2,2,9,2)"
    parser.add_argument("--depths", metavar="N,...", type=_whole_numbers, help=depths)
    depths = "blocks per decoder level of vm-unet, such as 2,2,2,1 (2,9,2,2)"
    parser.add_argument("--decoder-depths", metavar="N,...", type=_whole_numbers, help=depths)
    parser.add_argument("--classes", metavar="N", type=int, default=3, help="classes, background included (3)")
    parser.add_argument("--json", action="store_true", help="write JSON: parameters, macs, size")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the counts and return 0."""
    from LightMSegmentationLib.network.count import count

    if arguments.classes < 1:
        cause = "The number of classes must be positive."
        raise UsageError(cause)
    dims = 2 if arguments.network == "vm-unet" else arguments.dims or 3
    network = _vm_unet(arguments) if arguments.network == "vm-unet" else _lightm_unet(arguments, dims)
    network.eval()
    counted = count(network, network.in_channels, [_SIZE[arguments.network, dims]] * dims, network.size_multiple)
    if arguments.json:
        console.say_json({"parameters": counted.parameters, "macs": counted.macs, "size": list(counted.size)})
        return 0
    console.say(f"parameters  {counted.parameters:,}")
    console.say(f"operations  {counted.macs / 1e9:.2f} GMAC = {counted.gflop:.2f} GFLOP")
    console.say(f"image size  {' x '.join(str(extent) for extent in counted.size)}")
    return 0


def _whole_numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        message = f"'{text}' are no whole numbers with commas between them"
        raise argparse.ArgumentTypeError(message) from error


# The reference scan needs no compiler, and counting runs a tiny image only.
_BACKEND = "reference"


def _lightm_unet(arguments: argparse.Namespace, dims: int) -> LightMUNet:
    from LightMSegmentationLib.network.lightm_unet import LightMUNet

    if arguments.depths or arguments.decoder_depths:
        cause = "The depths of LightM-UNet are those that its authors published."
        raise UsageError(cause, "Leave out --depths and --decoder-depths.")
    filters = 32 if arguments.init_filters is None else arguments.init_filters
    if filters < 1:
        cause = "The number of filters must be positive."
        raise UsageError(cause)
    try:
        return LightMUNet(dims, out_channels=arguments.classes, init_filters=filters, scan_backend=_BACKEND)
    except ValueError as error:
        cause = f"There is no such network: {error}."
        raise UsageError(cause, "Change --dims or --init-filters.") from error


def _vm_unet(arguments: argparse.Namespace) -> VMUNet:
    from LightMSegmentationLib.network.vm_unet import VMUNet

    if arguments.dims == 3 or arguments.init_filters is not None:
        cause = "VM-UNet is a network for images, with 96 channels at its finest level."
        raise UsageError(cause, "Leave out --dims and --init-filters.")
    given = {"depths": arguments.depths, "depths_decoder": arguments.decoder_depths}
    depths = {name: value for name, value in given.items() if value}
    try:
        return VMUNet(out_channels=arguments.classes, scan_backend=_BACKEND, **depths)
    except ValueError as error:
        cause = f"There is no such network: {error}."
        raise UsageError(cause, "Change --depths or --decoder-depths.") from error
