"""LightM-UNet, in two and three dimensions, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import channels_last, channels_last_3d, nn

from LightMSegmentationLib.network.convolution import Convolution, separable_convolution
from LightMSegmentationLib.network.mamba_layer import MambaLayer
from LightMSegmentationLib.network.norm_relu import NormRelu
from LightMSegmentationLib.network.residual_mamba_block import ResidualMambaBlock
from LightMSegmentationLib.network.residual_up_block import ResidualUpBlock
from LightMSegmentationLib.network.upsampled_sum import upsampled_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

MEMORY_FORMAT = {2: channels_last, 3: channels_last_3d}
POOLING = {2: nn.MaxPool2d, 3: nn.MaxPool3d}


class LightMUNet(nn.Module):
    """A U-Net with an encoder of Mamba layers and a light convolutional decoder.

    Source: Liao et al., "LightM-UNet: Mamba Assists in Lightweight UNet for Medical Image Segmentation" (2024).

    Parameters
    ----------
    spatial_dims
        2 or 3.
    in_channels, out_channels
        Channels of the image and number of classes.
    init_filters
        Channels at full resolution; they double at each of the following levels. A multiple of ``groups``.
    blocks_down, blocks_up
        Residual blocks per encoder level and per decoder level; there is one decoder level less.
    groups
        Groups of every GroupNorm.
    scan_backend
        Name of a selective-scan backend, or ``auto`` for the fastest that works on the tensors' device.

    Parameter names are those of the authors' published code, so that their checkpoints load.
    """

    def __init__(
        self,
        spatial_dims: int = 3,
        in_channels: int = 1,
        out_channels: int = 3,
        init_filters: int = 32,
        blocks_down: Sequence[int] = (1, 2, 2, 4),
        blocks_up: Sequence[int] = (1, 1, 1),
        groups: int = 8,
        scan_backend: str = "auto",
    ) -> None:
        super().__init__()
        _check_arguments(spatial_dims, init_filters, blocks_down, blocks_up, groups)
        self.spatial_dims = spatial_dims
        self.in_channels = in_channels
        widths = [init_filters * 2**level for level in range(len(blocks_down))]
        self.convInit = separable_convolution(spatial_dims, in_channels, init_filters)
        self.down_layers = nn.ModuleList(
            nn.Sequential(
                _downsampling(spatial_dims, width, scan_backend) if level else nn.Identity(),
                *(ResidualMambaBlock(width, groups, scan_backend) for _ in range(blocks_down[level])),
            )
            for level, width in enumerate(widths)
        )
        up_widths = widths[-2::-1]
        self.up_samples = nn.ModuleList(_upsampling(spatial_dims, width) for width in up_widths)
        self.up_layers = nn.ModuleList(
            nn.Sequential(*(ResidualUpBlock(spatial_dims, width, groups) for _ in range(blocks)))
            for width, blocks in zip(up_widths, blocks_up, strict=True)
        )
        self.conv_final = nn.Sequential(
            NormRelu(groups, init_filters),
            nn.Identity(),  # keeps the number of the next one, which is part of its parameters' names
            separable_convolution(spatial_dims, init_filters, out_channels, kernel=1, bias=True),
        )

    @property
    def size_multiple(self) -> int:
        """Every spatial size of the input must be a multiple of this."""
        return 2 ** (len(self.down_layers) - 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, out_channels, *spatial) of images (batch, in_channels, *spatial).

        Raises
        ------
        ValueError
            When the number of dimensions, the channels or a spatial size does not fit.
        """
        self._check_image(image)
        skips = self._encode(image.contiguous(memory_format=MEMORY_FORMAT[self.spatial_dims]))
        return self.conv_final(self._decode(skips))

    def _encode(self, image: torch.Tensor) -> list[torch.Tensor]:
        features = self.convInit(image)
        skips = []
        for layer in self.down_layers:
            features = layer(features)
            skips.append(features)
        return skips

    def _decode(self, skips: list[torch.Tensor]) -> torch.Tensor:
        features = skips.pop()
        for up_sample, up_layer in zip(self.up_samples, self.up_layers, strict=True):
            features = up_layer(upsampled_sum(up_sample(features), skips.pop()))
        return features

    def _check_image(self, image: torch.Tensor) -> None:
        if image.dim() != self.spatial_dims + 2 or image.shape[1] != self.in_channels:
            expected = f"(batch, {self.in_channels}, {self.spatial_dims} spatial axes)"
            message = f"expected {expected}, got {tuple(image.shape)}"
            raise ValueError(message)
        if any(size % self.size_multiple for size in image.shape[2:]):
            message = f"spatial sizes must be multiples of {self.size_multiple}, got {tuple(image.shape[2:])}"
            raise ValueError(message)


def _downsampling(spatial_dims: int, width: int, scan_backend: str) -> nn.Sequential:
    """Return a Mamba layer that doubles the channels, then max pooling."""
    return nn.Sequential(MambaLayer(width // 2, width, scan_backend), POOLING[spatial_dims](2, 2))


def _upsampling(spatial_dims: int, width: int) -> nn.Sequential:
    """Return a pointwise convolution that halves the channels; the sum with the skip connection interpolates."""
    return nn.Sequential(Convolution(spatial_dims, 2 * width, width, 1))


def _check_arguments(
    spatial_dims: int, init_filters: int, blocks_down: Sequence[int], blocks_up: Sequence[int], groups: int
) -> None:
    if spatial_dims not in POOLING:
        message = f"spatial_dims must be 2 or 3, got {spatial_dims}"
        raise ValueError(message)
    if init_filters % groups:
        message = f"init_filters must be a multiple of groups ({groups}), got {init_filters}"
        raise ValueError(message)
    if len(blocks_up) != len(blocks_down) - 1:
        message = f"blocks_up must have one entry less than blocks_down ({len(blocks_down)}), got {len(blocks_up)}"
        raise ValueError(message)
