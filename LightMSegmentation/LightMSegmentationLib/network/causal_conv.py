"""The short causal convolution in front of the scan, with its activation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from LightMSegmentationLib.network.compiled_kernels import kernels_work
from LightMSegmentationLib.network.selective_scan import choose_backend

if TYPE_CHECKING:
    from torch import Tensor


def causal_conv_silu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return SiLU of a depthwise convolution over this and the preceding rows.

    Parameters
    ----------
    x
        (batch, length, channels).
    weight
        (channels, width); the last column weighs the current row.
    bias
        (channels,).

    Returns
    -------
    Tensor
        (batch, length, channels).
    """
    if x.device.type == "cpu" and kernels_work():
        from LightMSegmentationLib.network import causal_conv_compiled

        if causal_conv_compiled.fits(x, weight):
            return causal_conv_compiled.CausalConvSilu.apply(x, weight, bias)
    if x.device.type == "cuda" and choose_backend("auto", x.device, x.dtype) == "triton":
        from LightMSegmentationLib.network.causal_conv_triton import CausalConvSilu

        return CausalConvSilu.apply(x, weight, bias)
    return convolve_with_torch(x, weight, bias)


def convolve_with_torch(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Compute :func:`causal_conv_silu` with torch alone: any device and type."""
    width = weight.shape[1]
    padded = functional.pad(x.transpose(1, 2), (width - 1, 0))
    rows = functional.conv1d(padded, weight[:, None, :], bias, groups=x.shape[2])
    return functional.silu(rows).transpose(1, 2)
