"""The short causal convolution in front of the scan, with its activation."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


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
    width = weight.shape[1]
    padded = functional.pad(x.transpose(1, 2), (width - 1, 0))
    rows = functional.conv1d(padded, weight[:, None, :], bias, groups=x.shape[2])
    return functional.silu(rows).transpose(1, 2)
