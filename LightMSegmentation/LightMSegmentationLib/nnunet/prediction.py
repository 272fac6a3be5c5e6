"""Tiling, mirroring and averaging, as nnU-Net's own predictor does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

STEP = 0.5
"""Neighboring tiles are at most this fraction of the patch apart."""
SIGMAS_PER_PATCH = 8
PEAK = 10.0
"""Weight at a tile's center; with half-precision sums it keeps the corners' weights above zero."""
SLICES_AT_ONCE = 4


@torch.inference_mode()
def predict(
    networks: Sequence[torch.nn.Module],
    data: torch.Tensor,
    patch: Sequence[int],
    mirror_axes: Sequence[int],
    classes: int,
    report: Callable[[int, int], None],
) -> torch.Tensor:
    """Return float16 logits (classes, three axes) of an image (channels, three axes), averaged over all networks.

    Sums are kept in half precision, as nnU-Net keeps them, so that results equal its own to the last digit. With a
    patch of two axes the slices along the first axis are predicted one by one. ``report(done, total)`` is called
    before the first and after every tile and may raise to stop.

    Raises
    ------
    ModelError
        When logits are too large for half precision, which those of no sound network are.
    """
    padded, inside = _padded(data, patch)
    tiles = list(_tiles(padded.shape[1:], patch))
    progress = itertools.count()
    total = len(tiles) * len(networks)

    def tick() -> None:
        report(next(progress), total)

    tick()
    logits = [_predict_tiles(network, padded, tiles, patch, mirror_axes, classes, tick) for network in networks]
    mean = logits[0]
    for other in logits[1:]:
        mean += other
    if len(logits) > 1:
        mean /= len(logits)
    if not torch.isfinite(mean).all():
        cause = "The network's outputs are too large to be averaged, so this model can't be used."
        raise ModelError(cause, "Check that its weights are those of a finished training.")
    return mean[(slice(None), *inside)]


def _predict_tiles(
    network: torch.nn.Module,
    padded: torch.Tensor,
    tiles: Sequence[tuple[slice, ...]],
    patch: Sequence[int],
    mirror_axes: Sequence[int],
    classes: int,
    tick: Callable[[], None],
) -> torch.Tensor:
    device = next(network.parameters()).device
    weights = tile_weights(tuple(patch))
    totals = torch.zeros(padded.shape[1:], dtype=torch.half)
    logits = torch.zeros(classes, *padded.shape[1:], dtype=torch.half)
    for place in tiles:
        tile = padded[(slice(None), *place)]
        # Slices of a 2d network are a batch: (channels, slices, j, i) becomes (slices, channels, j, i).
        batch = tile.transpose(0, 1) if len(patch) == 2 else tile[None]
        found = _mirrored_mean(network, batch.contiguous().to(device), mirror_axes).float().cpu() * weights
        found = found.transpose(0, 1) if len(patch) == 2 else found[0]
        logits[(slice(None), *place)] += found
        totals[place] += weights
        tick()
    return torch.div(logits, totals, out=logits)


def _mirrored_mean(network: torch.nn.Module, batch: torch.Tensor, mirror_axes: Sequence[int]) -> torch.Tensor:
    """Return the mean of the predictions for the batch as it is and for all ways to mirror it."""
    mean = network(batch)
    ways = [axes for number in range(len(mirror_axes)) for axes in itertools.combinations(mirror_axes, number + 1)]
    for axes in ways:
        flipped = [axis + 2 for axis in axes]
        mean += network(batch.flip(flipped)).flip(flipped)
    return mean / (len(ways) + 1) if ways else mean


def tile_weights(patch: tuple[int, ...]) -> torch.Tensor:
    """Return half-precision weights of shape ``patch``: a Gaussian with ``PEAK`` at its center, nowhere zero."""
    impulse = np.zeros(patch)
    impulse[tuple(extent // 2 for extent in patch)] = 1
    gaussian = ndimage.gaussian_filter(impulse, [extent / SIGMAS_PER_PATCH for extent in patch], mode="constant")
    gaussian /= gaussian.max() / PEAK
    weights = torch.from_numpy(gaussian).half()
    weights[weights == 0] = weights[weights > 0].min()
    return weights


def _tiles(shape: Sequence[int], patch: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    """Yield the places of all tiles in three axes; of two-dimensional ones some slices at once."""
    flat = len(patch) == 2
    steps = [tile_starts(extent, length) for extent, length in zip(shape[-len(patch) :], patch, strict=True)]
    groups = [slice(k, min(k + SLICES_AT_ONCE, shape[0])) for k in range(0, shape[0], SLICES_AT_ONCE)]
    for group in groups if flat else [None]:
        for starts in itertools.product(*steps):
            place = tuple(slice(start, start + length) for start, length in zip(starts, patch, strict=True))
            yield place if group is None else (group, *place)


def tile_starts(extent: int, length: int) -> list[int]:
    """Return where tiles of a length begin along an axis, evenly spread and at most half a tile apart."""
    number = int(np.ceil((extent - length) / (length * STEP))) + 1
    step = (extent - length) / (number - 1) if number > 1 else 0.0
    return [int(np.round(step * k)) for k in range(number)]


def _padded(data: torch.Tensor, patch: Sequence[int]) -> tuple[torch.Tensor, tuple[slice, ...]]:
    """Pad with zeros to at least a patch, evenly on both sides; return where the image then lies."""
    shape = data.shape[1:]
    wanted = (*shape[: 3 - len(patch)], *patch)
    missing = [max(0, length - extent) for extent, length in zip(shape, wanted, strict=True)]
    before = [amount // 2 for amount in missing]
    padding = [part for first, amount in zip(reversed(before), reversed(missing), strict=True)
               for part in (first, amount - first)]  # fmt: skip
    inside = tuple(slice(first, first + extent) for first, extent in zip(before, shape, strict=True))
    return functional.pad(data, padding), inside
