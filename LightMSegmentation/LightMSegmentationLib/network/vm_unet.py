"""VM-UNet, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from LightMSegmentationLib.network.patch_embedding import PATCH, PatchEmbedding
from LightMSegmentationLib.network.patch_expanding import PatchExpanding
from LightMSegmentationLib.network.patch_merging import PatchMerging
from LightMSegmentationLib.network.vss_block import VSSBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

COLORS = 3
"""Channels that a gray image is repeated to, as the authors do."""
LINEAR_STD = 0.02


class VMUNet(nn.Module):
    """An asymmetric U-Net of visual state-space blocks, for images.

    Source: Ruan and Xiang, "VM-UNet: Vision Mamba UNet for Medical Image Segmentation" (2024).

    Parameters
    ----------
    in_channels, out_channels
        Channels of the image and number of classes. With one class the output is the logit of the foreground.
    depths, depths_decoder
        Blocks per encoder level, finest first, and per decoder level, coarsest first.
    dims
        Channels per encoder level; each is twice the one before. The decoder has the same, the other way round.
    drop_path_rate
        Probability of leaving out the deepest block while training; it grows linearly from zero.
    scan_backend
        Name of a selective-scan backend, or ``auto`` for the fastest that works on the tensors' device.

    Parameter names are those of the authors' published code, so that their checkpoints load.
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 9,
        depths: Sequence[int] = (2, 2, 9, 2),
        depths_decoder: Sequence[int] = (2, 9, 2, 2),
        dims: Sequence[int] = (96, 192, 384, 768),
        drop_path_rate: float = 0.2,
        scan_backend: str = "auto",
    ) -> None:
        super().__init__()
        _check_arguments(depths, depths_decoder, dims)
        self.in_channels = in_channels
        self.vmunet = _Trunk(in_channels, out_channels, depths, depths_decoder, dims, drop_path_rate, scan_backend)

    @property
    def size_multiple(self) -> int:
        """Every spatial size of the input must be a multiple of this."""
        return PATCH * 2 ** (len(self.vmunet.layers) - 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, out_channels, rows, columns) of images (batch, in_channels or 1, rows, columns).

        Raises
        ------
        ValueError
            When the number of dimensions, the channels or a spatial size does not fit.
        """
        self._check_image(image)
        if image.shape[1] != self.in_channels:
            image = image.expand(-1, self.in_channels, -1, -1)
        return self.vmunet(image)

    def _check_image(self, image: torch.Tensor) -> None:
        gray = self.in_channels == COLORS and image.dim() > 1 and image.shape[1] == 1
        if image.dim() != 4 or not (gray or image.shape[1] == self.in_channels):
            message = f"expected (batch, {self.in_channels}, rows, columns), got {tuple(image.shape)}"
            raise ValueError(message)
        if any(size % self.size_multiple for size in image.shape[2:]):
            message = f"spatial sizes must be multiples of {self.size_multiple}, got {tuple(image.shape[2:])}"
            raise ValueError(message)


class _Trunk(nn.Module):
    """What the checkpoints call ``vmunet``."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        depths: Sequence[int],
        depths_decoder: Sequence[int],
        dims: Sequence[int],
        drop_path_rate: float,
        scan_backend: str,
    ) -> None:
        super().__init__()
        last = len(dims) - 1
        self.patch_embed = PatchEmbedding(in_channels, dims[0])
        down = _rates(depths, drop_path_rate)
        up = _rates(depths_decoder[::-1], drop_path_rate)[::-1]
        self.layers = nn.ModuleList(
            _EncoderLevel(dim, down[level], merging=level < last, scan_backend=scan_backend)
            for level, dim in enumerate(dims)
        )
        self.layers_up = nn.ModuleList(
            _DecoderLevel(dim, up[level][::-1], expanding=level > 0, scan_backend=scan_backend)
            for level, dim in enumerate(dims[::-1])
        )
        self.final_up = PatchExpanding(dims[0], PATCH)
        self.final_conv = nn.Conv2d(dims[0] // PATCH, out_channels, 1)
        self.apply(_initialize)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        features = self.patch_embed(image)
        skips = []
        for layer in self.layers:
            skips.append(features)
            features = layer(features)
        for level, layer in enumerate(self.layers_up):
            features = layer(features if level == 0 else features + skips[-level])
        return self.final_conv(self.final_up(features).movedim(-1, 1))


class _EncoderLevel(nn.Module):
    """Blocks, then half the resolution, but not after the last level."""

    def __init__(self, channels: int, rates: Sequence[float], *, merging: bool, scan_backend: str) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(VSSBlock(channels, rate, scan_backend) for rate in rates))
        self.downsample = PatchMerging(channels) if merging else nn.Identity()

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.downsample(self.blocks(features))


class _DecoderLevel(nn.Module):
    """Twice the resolution, but not in the first level, then blocks."""

    def __init__(self, channels: int, rates: Sequence[float], *, expanding: bool, scan_backend: str) -> None:
        super().__init__()
        self.upsample = PatchExpanding(2 * channels) if expanding else nn.Identity()
        self.blocks = nn.Sequential(*(VSSBlock(channels, rate, scan_backend) for rate in rates))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.upsample(features))


def _rates(depths: Sequence[int], largest: float) -> list[list[float]]:
    """Return the drop rate of every block of every level, growing linearly from zero with depth."""
    last = max(1, sum(depths) - 1)
    rates = iter([largest * number / last for number in range(sum(depths))])
    return [[next(rates) for _ in range(depth)] for depth in depths]


def _initialize(module: nn.Module) -> None:
    """Draw a linear layer's weights from a narrow normal distribution, as the authors do."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=LINEAR_STD)


def _check_arguments(depths: Sequence[int], depths_decoder: Sequence[int], dims: Sequence[int]) -> None:
    if not len(depths) == len(depths_decoder) == len(dims):
        counts = f"{len(depths)}, {len(depths_decoder)} and {len(dims)}"
        message = f"depths, depths_decoder and dims must be equally many, got {counts}"
        raise ValueError(message)
    if any(dim != dims[0] * 2**level for level, dim in enumerate(dims)):
        message = f"dims must double from level to level, got {tuple(dims)}"
        raise ValueError(message)
