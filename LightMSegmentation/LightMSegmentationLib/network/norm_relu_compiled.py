"""Group normalization with ReLU on a CPU, compiled by numba, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.network import norm_relu_kernel
from LightMSegmentationLib.network.lane_jobs import lane_jobs
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all

if TYPE_CHECKING:
    from torch import Tensor, nn

# Read twice by one job: what the first walk reads is in the second cache at the second.
ROWS_PER_JOB = 4096


# Below this many values torch is as fast; without gradients it always is.
FEWEST = 2**20


def pays(features: Tensor, weight: Tensor) -> bool:
    """Tell whether the kernels can take the input, float32 in whole vectors of channels, and it is large enough."""
    return (
        features.dtype == weight.dtype == torch.float32
        and features.shape[1] % LANES == 0
        and features.numel() >= FEWEST
    )


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
        addresses, out = (rows_of(x), rows_of(factors)), rows_of(y)
        run_all(lambda *job: norm_relu_kernel.apply(*addresses, *job, out), _jobs(x))
        ctx.save_for_backward(x, weight, mean, deviation, factors)
        ctx.groups = norm.num_groups
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of x, weight and bias."""
        x, weight, mean, deviation, factors = ctx.saved_tensors
        dy = dy.contiguous()
        addresses = rows_of(x), rows_of(dy)
        given = rows_of(factors)
        sums = _measured(x, lambda *job: norm_relu_kernel.measure_back(*addresses, given, *job)).sum(1)
        whole, along_x = sums.unbind(1)
        along = (along_x - mean * whole) / deviation
        # Per group: the mean of the gradient of the normalized features, and of its product with them.
        count = x.shape[1] * x.shape[2] // ctx.groups
        pull, turn = (_over_groups(weight * part, ctx.groups) / count for part in (whole, along))
        slope = -turn / deviation**2
        offset = -pull / deviation - slope * mean
        factors = torch.cat([factors, torch.stack([weight / deviation, slope, offset], dim=1).float()], dim=1)
        given, dx = rows_of(factors), torch.empty(x.shape)
        out = rows_of(dx)
        run_all(lambda *job: norm_relu_kernel.apply_back(*addresses, given, *job, out), _jobs(x))
        return dx, along.sum(0).float(), whole.sum(0).float(), None


def _jobs(x: Tensor) -> list[tuple[int, int, int, int]]:
    return lane_jobs(x.shape[0], x.shape[2], x.shape[1], ROWS_PER_JOB)


def _measured(x: Tensor, kernel: Any) -> Tensor:
    """Return the two sums that ``kernel`` makes of every stretch, (batch, stretches, 2, channels), in float64."""
    jobs = _jobs(x)
    moments = torch.empty(len(jobs), 2, LANES)
    out = rows_of(moments)
    run_all(lambda number, *job: kernel(*job, out, number), [(number, *job) for number, job in enumerate(jobs)])
    batch, _, channels = x.shape
    return moments.double().view(batch, channels // LANES, -1, 2, LANES).permute(0, 2, 3, 1, 4).flatten(3)


def _statistics(x: Tensor, groups: int, epsilon: float) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of every channel's group, (batch, channels), in float64.

    Squares are taken about the mean of each stretch and brought together about that of the group (Chan et al., 1979):
    nothing is lost where the mean is large.
    """
    rows = rows_of(x)
    whole, squares = _measured(x, lambda *job: norm_relu_kernel.measure(rows, *job)).unbind(2)
    lengths = torch.full((whole.shape[1], 1), ROWS_PER_JOB, dtype=torch.float64)
    lengths[-1] = x.shape[1] - ROWS_PER_JOB * (len(lengths) - 1)
    count = x.shape[1] * x.shape[2] // groups
    mean = _over_groups(whole.sum(1), groups) / count
    spread = squares + lengths * (whole / lengths - mean[:, None]) ** 2
    return mean, (_over_groups(spread.sum(1), groups) / count + epsilon).sqrt()


def _over_groups(values: Tensor, groups: int) -> Tensor:
    """Replace what each channel has, (batch, channels), by the sum over its group."""
    per_group = values.unflatten(1, (groups, -1))
    return per_group.sum(2, keepdim=True).expand_as(per_group).flatten(1)
