"""Convolutions under the parameter names of the published network."""

from __future__ import annotations

import torch
from torch import is_grad_enabled, nn
from torch.nn import functional

from LightMSegmentationLib.network.compiled_kernels import kernels_work

CONVOLUTION = {2: nn.Conv2d, 3: nn.Conv3d}


class Convolution(nn.Module):
    """A "same" convolution whose weights are called ``conv.weight``, as in the authors' checkpoints."""

    def __init__(
        self,
        spatial_dims: int,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.conv = CONVOLUTION[spatial_dims](
            in_channels, out_channels, kernel, padding=kernel // 2, groups=groups, bias=bias
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the convolved features, of the same spatial shape."""
        if features.device.type == "cpu" and self.conv.weight[0, 0].numel() == 1:
            return self._without_neighbors(features)
        if features.device.type == "cpu" and self.conv.bias is None and kernels_work():
            return self._compiled(features)
        return self.conv(features)

    def _compiled(self, features: torch.Tensor) -> torch.Tensor:
        """Convolve with numba's kernels where they are faster than torch."""
        from LightMSegmentationLib.network import depthwise_conv_compiled, few_channels_compiled

        if is_grad_enabled() and self.conv.groups > 1 and depthwise_conv_compiled.fits(features, self.conv.weight):
            return depthwise_conv_compiled.DepthwiseConv.apply(features, self.conv.weight)
        if few_channels_compiled.fits(features, self.conv.weight):
            return few_channels_compiled.convolve(features, self.conv.weight)
        return self.conv(features)

    def _without_neighbors(self, features: torch.Tensor) -> torch.Tensor:
        """Convolve with a kernel of one voxel: a product, which torch's convolution on a CPU does not see in it."""
        rows, weight, bias = features.movedim(1, -1), self.conv.weight.flatten(1), self.conv.bias
        if self.conv.groups == 1:
            return functional.linear(rows, weight, bias).movedim(-1, 1)
        scale = weight.squeeze(1)
        return (rows * scale if bias is None else torch.addcmul(bias, rows, scale)).movedim(-1, 1)


def separable_convolution(
    spatial_dims: int, in_channels: int, out_channels: int, kernel: int = 3, *, bias: bool = False
) -> nn.Sequential:
    """Return a depthwise convolution followed by a pointwise one."""
    return nn.Sequential(
        Convolution(spatial_dims, in_channels, in_channels, kernel, groups=in_channels, bias=bias),
        Convolution(spatial_dims, in_channels, out_channels, 1, bias=bias),
    )
