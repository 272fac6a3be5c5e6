"""Sliding-window prediction with logits merged in bounded memory."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, cast

import torch
from torch.nn import functional

from LightMSegmentationLib.inference.parallel_tiles import in_parallel
from LightMSegmentationLib.inference.tiles import gaussian_weights, tile_origins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from LightMSegmentationLib.inference.model import LoadedStage

AIR = -1.0
"""Network input of everything at or below the intensity window."""


def predict_logits(
    stage: LoadedStage, image: torch.Tensor, device: torch.device, report: Callable[[int, int], None]
) -> torch.Tensor:
    """Return float32 logits (classes, k, j, i) on the CPU for the network's input (channels, k, j, i).

    Tiles are weighted with a Gaussian, so that borders, where the network sees little, count little. Memory is
    bounded by the image: one accumulator a class and one of weights. ``report(done, total)`` is called before the
    first and after every tile and may raise to stop.
    """
    extents = image.shape[1:]
    patch = _fitting_patch(extents, stage.plan.patch, cast("int", stage.network.size_multiple))
    padded = _padded(image, patch)
    weights = gaussian_weights(patch)
    logits = torch.zeros(stage.plan.network.out_channels, *padded.shape[1:])
    total = torch.zeros(padded.shape[1:])
    origins = tile_origins(padded.shape[1:], patch, stage.plan.overlap)
    report(0, len(origins))
    places = [tuple(slice(a, a + length) for a, length in zip(origin, patch, strict=True)) for origin in origins]
    tiles = [padded[(slice(None), *place)] for place in places]
    with closing(in_parallel(lambda tile: _predict_tile(stage.network, tile, device), tiles, device)) as predictions:
        for done, (place, prediction) in enumerate(zip(places, predictions, strict=True), start=1):
            logits[(slice(None), *place)] += prediction * weights
            total[place] += weights
            report(done, len(origins))
    logits /= total
    return logits[(slice(None), *(slice(extent) for extent in extents))]


@torch.inference_mode()
def _predict_tile(network: torch.nn.Module, tile: torch.Tensor, device: torch.device) -> torch.Tensor:
    return network(tile[None].to(device))[0].float().cpu()


def _fitting_patch(size: Sequence[int], patch: Sequence[int], multiple: int) -> tuple[int, ...]:
    """Return the patch, no longer along any axis than the image rounded up to a multiple."""
    return tuple(min(length, -(-extent // multiple) * multiple) for extent, length in zip(size, patch, strict=True))


def _padded(image: torch.Tensor, patch: Sequence[int]) -> torch.Tensor:
    """Return the input grown to the patch: air beyond the intensities, the last value of every other channel."""
    missing = [max(0, length - extent) for extent, length in zip(image.shape[1:], patch, strict=True)]
    padding = [amount for extra in reversed(missing) for amount in (0, extra)]
    if not any(padding):
        return image
    grown = functional.pad(image[None], padding, mode="replicate")[0]
    grown[0] = functional.pad(image[0], padding, value=AIR)
    return grown
