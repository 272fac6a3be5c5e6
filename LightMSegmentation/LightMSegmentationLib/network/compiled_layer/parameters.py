"""The layer's parameters as the kernels read them, and the way back for their gradients."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from LightMSegmentationLib.network.selective_scan.compiled_passes import in_blocks, out_of_blocks
from LightMSegmentationLib.network.selective_scan.memory import Rows, rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.vector_math import LOG2_E

STATES = LANES
"""The kernels take the B and C of a row as one vector each."""
CONV_WIDTH = 4


class Parameters(NamedTuple):
    """Parameters of a Mamba layer, or their gradients: C channels in, O out, E inside, R of the step's bottleneck."""

    norm_weight: Tensor
    norm_bias: Tensor
    in_proj: Tensor
    """(2 E, C)"""
    conv_weight: Tensor
    """(E, 1, 4)"""
    conv_bias: Tensor
    x_proj: Tensor
    """(R + 32, E): step, B, C"""
    step_weight: Tensor
    """(E, R)"""
    step_bias: Tensor
    A_log: Tensor
    """(E, 16)"""
    D: Tensor
    out_proj: Tensor
    """(C, E)"""
    proj_weight: Tensor
    """(O, C)"""
    proj_bias: Tensor
    skip_scale: Tensor
    """(1,)"""


class Sizes(NamedTuple):
    """How many columns the matrices have. ``mixed`` counts those of B, C and the step, in whole vectors."""

    channels: int
    inner: int
    outputs: int
    rank: int
    mixed: int


def sizes_of(parameters: Parameters) -> Sizes:
    """Return the sizes of a layer."""
    outputs, channels = parameters.proj_weight.shape
    inner, rank = parameters.step_weight.shape
    return Sizes(channels, inner, outputs, rank, 2 * STATES + _whole_vectors(rank))


class Matrices(NamedTuple):
    """What the kernels read: right factors of the products, (inner dimension, columns).

    A name that ends in ``_back`` is the factor of the way back.
    """

    norm_weight: Rows
    norm_bias: Rows
    in_x: Rows
    in_z: Rows
    in_x_back: Rows
    in_z_back: Rows
    taps: Rows
    conv_bias: Rows
    mix: Rows
    mix_back: Rows
    step: Rows
    step_back: Rows
    step_bias: Rows
    rates: Rows
    D: Rows
    out: Rows
    out_back: Rows
    proj: Rows
    proj_back: Rows
    proj_bias: Rows
    skip_scale: Rows


def packed(parameters: Parameters) -> tuple[Tensor, ...]:
    """Return the tensors of `Matrices`, whose addresses are good as long as these live."""
    inner, rank = parameters.step_weight.shape
    padding = _whole_vectors(rank) - rank
    in_proj = parameters.in_proj.contiguous()
    in_x, in_z = (half.t().contiguous() for half in in_proj.split(inner))
    step, states = parameters.x_proj.split([rank, 2 * STATES])
    mix_back = functional.pad(torch.cat([states, step]), (0, 0, 0, padding))
    rates = in_blocks(-torch.exp(parameters.A_log) * float(LOG2_E))
    return (
        parameters.norm_weight,
        parameters.norm_bias,
        in_x,
        in_z,
        in_proj[:inner],
        in_proj[inner:],
        parameters.conv_weight.squeeze(1).t().contiguous(),
        parameters.conv_bias,
        mix_back.t().contiguous(),
        mix_back,
        parameters.step_weight.t().contiguous(),
        functional.pad(parameters.step_weight, (0, padding)),
        parameters.step_bias,
        rates,
        parameters.D,
        parameters.out_proj.t().contiguous(),
        parameters.out_proj.contiguous(),
        parameters.proj_weight.t().contiguous(),
        parameters.proj_weight.contiguous(),
        parameters.proj_bias,
        parameters.skip_scale.expand(LANES).contiguous(),
    )


def matrices_of(tensors: tuple[Tensor, ...]) -> Matrices:
    """Return the addresses of `packed` tensors."""
    return Matrices(*(rows_of(tensor) for tensor in tensors))


class Sums(NamedTuple):
    """Where a job adds up the gradients of the parameters."""

    norm_weight: Rows
    norm_bias: Rows
    in_x: Rows
    in_z: Rows
    taps: Rows
    conv_bias: Rows
    mix: Rows
    step: Rows
    step_bias: Rows
    rates: Rows
    D: Rows
    out: Rows
    proj: Rows
    proj_bias: Rows
    skip_scale: Rows


def _sum_shapes(sizes: Sizes) -> list[tuple[int, int]]:
    channels, inner, outputs, rank, mixed = sizes
    return [
        (1, channels), (1, channels), (inner, channels), (inner, channels), (CONV_WIDTH, inner), (1, inner),
        (inner, mixed), (rank, inner), (1, inner), (inner // LANES * STATES, LANES), (1, inner), (channels, inner),
        (outputs, channels), (1, outputs), (1, LANES),
    ]  # fmt: skip


class GradientSums:
    """The gradients of a layer's parameters, added up by several jobs, each for itself."""

    def __init__(self, sizes: Sizes, jobs: int) -> None:
        self._shapes = _sum_shapes(sizes)
        self._rank = sizes.rank
        self._totals = torch.zeros(jobs, sum(rows * columns for rows, columns in self._shapes))

    def of_job(self, job: int) -> Sums:
        """Return where job number ``job`` adds."""
        return Sums(*(rows_of(matrix) for matrix in self._matrices(self._totals[job])))

    def gradients(self, parameters: Parameters) -> Parameters:
        """Return the sums of all jobs as gradients of the parameters."""
        norm, beta, in_x, in_z, taps, conv_bias, mix, step, step_bias, rates, D, out, proj, bias, skip = self._matrices(
            self._totals.sum(0)
        )
        states, bottleneck = mix.t()[: 2 * STATES], mix.t()[2 * STATES : 2 * STATES + self._rank]
        A = -torch.exp(parameters.A_log)
        return Parameters(
            norm[0], beta[0], torch.cat([in_x, in_z]), taps.t()[:, None], conv_bias[0], torch.cat([bottleneck, states]),
            step.t(), step_bias[0], A * out_of_blocks(rates, STATES), D[0], out, proj, bias[0], skip.sum(1),
        )  # fmt: skip

    def _matrices(self, flat: Tensor) -> list[Tensor]:
        parts = flat.split([rows * columns for rows, columns in self._shapes])
        return [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]


def _whole_vectors(columns: int) -> int:
    return columns + -columns % LANES
