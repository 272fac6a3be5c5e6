"""Group normalization with ReLU on a CPU, compiled by numba, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.network import norm_relu_kernel
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

# A stretch is walked twice: what the first walk reads is in the second cache at the second.
ROWS_PER_STRETCH = 4096


def fits(features: Tensor, weight: Tensor) -> bool:
    """Tell whether the kernels can take the input: float32, whole vectors of channels."""
    return features.dtype == weight.dtype == torch.float32 and features.shape[1] % LANES == 0


def norm_relu(features: Tensor, norm: nn.GroupNorm) -> Tensor:
    """Return ReLU of ``norm`` of features (batch, channels, *spatial)."""
    rows = features.movedim(1, -1).contiguous()
    result = _NormRelu.apply(rows.view(rows.shape[0], -1, rows.shape[-1]), norm.weight, norm.bias, norm)
    return result.view(rows.shape).movedim(-1, 1)


class _NormRelu(torch.autograd.Function):
    """Joins the kernels to autograd: x (batch, rows, channels), weight and bias (channels,)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, norm: nn.GroupNorm) -> Tensor:
        """Return the result, of the same shape."""
        mean, deviation = _statistics(x, norm.num_groups, norm.eps)
        scale = weight / deviation
        factors = torch.stack([scale, bias - mean * scale], dim=1).float()
        y = torch.empty(x.shape)
        given, out = (rows_of(x), x.shape[2], rows_of(factors)), rows_of(y)
        run_all(lambda *stretch: norm_relu_kernel.apply(*given, *stretch, out), _stretches(x))
        ctx.save_for_backward(x, weight, mean, deviation, factors)
        ctx.groups = norm.num_groups
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of x, weight and bias."""
        x, weight, mean, deviation, factors = ctx.saved_tensors
        dy = dy.contiguous()
        given = rows_of(x), rows_of(dy), x.shape[2], rows_of(factors)
        sums = _measured(x, lambda *stretch: norm_relu_kernel.measure_back(*given, *stretch)).sum(1)
        whole, along_x = sums.unbind(1)
        along = (along_x - mean * whole) / deviation
        # Per group: the mean of the gradient of the normalized features, and of its product with them.
        count = x.shape[1] * x.shape[2] // ctx.groups
        pull, turn = (_over_groups(weight * part, ctx.groups) / count for part in (whole, along))
        slope = -turn / deviation**2
        offset = -pull / deviation - slope * mean
        factors = torch.cat([factors, torch.stack([weight / deviation, slope, offset], dim=1).float()], dim=1)
        dx = torch.empty(x.shape)
        given, out = (*given[:3], rows_of(factors)), rows_of(dx)
        run_all(lambda *stretch: norm_relu_kernel.apply_back(*given, *stretch, out), _stretches(x))
        return dx, along.sum(0).float(), whole.sum(0).float(), None


def _stretches(x: Tensor) -> list[tuple[int, int, int]]:
    """Return sample, first row and end of every stretch."""
    batch, length, _ = x.shape
    starts = range(0, length, ROWS_PER_STRETCH)
    return [(sample, start, min(start + ROWS_PER_STRETCH, length)) for sample in range(batch) for start in starts]


def _measured(x: Tensor, kernel: Callable[..., None]) -> Tensor:
    """Return the two sums that ``kernel`` makes of every stretch, (batch, stretches, 2, channels), in float64."""
    stretches = [(number, *stretch) for number, stretch in enumerate(_stretches(x))]
    moments = torch.empty(len(stretches), 2, x.shape[2])
    out = rows_of(moments)
    run_all(lambda *stretch: kernel(*stretch, out), stretches)
    return moments.double().unflatten(0, (x.shape[0], -1))


def _statistics(x: Tensor, groups: int, epsilon: float) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of every channel's group, (batch, channels), in float64.

    Squares are taken about the mean of each stretch and brought together about that of the group (Chan et al., 1979):
    little is lost where the mean is large.
    """
    given = rows_of(x), x.shape[2]
    means, squares = _measured(x, lambda *stretch: norm_relu_kernel.measure(*given, *stretch)).unbind(2)
    lengths = torch.full((means.shape[1], 1), ROWS_PER_STRETCH, dtype=torch.float64)
    lengths[-1] = x.shape[1] - ROWS_PER_STRETCH * (len(lengths) - 1)
    count = x.shape[1] * x.shape[2] // groups
    mean = _over_groups((lengths * means).sum(1), groups) / count
    spread = squares + lengths * (means - mean[:, None]) ** 2
    return mean, (_over_groups(spread.sum(1), groups) / count + epsilon).sqrt()


def _over_groups(values: Tensor, groups: int) -> Tensor:
    """Replace what each channel has, (batch, channels), by the sum over its group."""
    per_group = values.unflatten(1, (groups, -1))
    return per_group.sum(2, keepdim=True).expand_as(per_group).flatten(1)
