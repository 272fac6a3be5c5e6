"""The passes over the sequence that make a compiled scan and its gradients, with the buffers that they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from LightMSegmentationLib.network.selective_scan import forward_kernel
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.memory import Gradients, ScanRows, Stretch, rows_of
from LightMSegmentationLib.network.selective_scan.partition import Partition
from LightMSegmentationLib.network.selective_scan.sample_parameters import as_rows
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all
from LightMSegmentationLib.network.selective_scan.vector_math import LOG2_E

# The kernels work on this many state indices together.
STATES_AT_ONCE = 2


@dataclass(frozen=True)
class Problem:
    """The inputs of a scan as kernels read them; holds the tensors whose addresses the kernels use.

    ``shared`` tells whether all samples have the same A, D and delta_bias.
    """

    tensors: tuple[Tensor, ...]
    gated: bool
    shared: bool
    batch: int
    length: int
    channels: int
    states: int

    @classmethod
    def of(
        cls, u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
    ) -> Problem:
        """Copy only tensors whose last axis is not contiguous."""
        batch, length, channels = u.shape
        rates = in_blocks(A * float(LOG2_E)).expand(batch, -1, -1)
        tensors = (u, delta, rates, B, C, as_rows(D), u if z is None else z, as_rows(delta_bias))
        return cls(
            tuple(touching(x) for x in tensors), z is not None, A.dim() == 2, batch, length, channels, A.shape[-1]
        )

    @cached_property
    def rows(self) -> ScanRows:
        """Return the inputs' addresses."""
        u, delta, rates, B, C, D, z, delta_bias = (rows_of(x) for x in self.tensors)
        return ScanRows(u, delta, rates, B, C, D, z, delta_bias, self.states, self.gated)

    @cached_property
    def partition(self) -> Partition:
        """Return the stretches that threads work on."""
        return Partition.of(self.batch, self.length, self.channels)

    @property
    def rates(self) -> Tensor:
        """Return A * log2(e) in blocks of sixteen channels, (batch, blocks * states, 16)."""
        return self.tensors[2]

    @property
    def intervals(self) -> int:
        """Return the number of tiles along the sequence."""
        return -(-self.length // TILE)

    def state_buffer(self) -> Tensor:
        """Return zeros of (stretches, blocks * states, 16)."""
        return torch.zeros(len(self.partition.stretches), *self.rates.shape[1:])


def touching(tensor: Tensor) -> Tensor:
    """Return the tensor itself, or a copy where the elements of its last axis do not touch."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def in_blocks(A: Tensor) -> Tensor:
    """Bring (channels, states) or (batch, channels, states) into blocks, (1 or batch, blocks * states, 16)."""
    blocks = A.reshape(-1, A.shape[-2] // LANES, LANES, A.shape[-1])
    return blocks.transpose(2, 3).contiguous().view(len(blocks), -1, LANES)


def out_of_blocks(A: Tensor, states: int) -> Tensor:
    """Bring (..., blocks * states, 16) back to (..., channels, states)."""
    return A.unflatten(-2, (-1, states)).transpose(-1, -2).flatten(-3, -2)


def run_forward(problem: Problem, *, keep: bool) -> tuple[Tensor, Tensor | None]:
    """Return y and, with ``keep``, the state before every tile, (batch * tiles, blocks * states, 16)."""
    y = torch.empty(problem.batch, problem.length, problem.channels)
    state = _states_before(problem)
    intervals = problem.intervals if keep else 0
    checkpoints = torch.empty(problem.batch * intervals, *problem.rates.shape[1:])
    rows = rows_of(state), rows_of(checkpoints), intervals, rows_of(y)

    def run(part: Stretch) -> None:
        tile = torch.empty(forward_kernel.TILE_FIELDS, TILE, LANES)
        forward_kernel.scan(problem.rows, part, *rows, rows_of(tile))

    run_all(run, problem.partition.jobs)
    return y, checkpoints if keep else None


def _states_before(problem: Problem) -> Tensor:
    """Return the state before every stretch."""
    state = problem.state_buffer()
    partition = problem.partition
    if partition.segments == 1:
        return state
    from LightMSegmentationLib.network.selective_scan import boundary_kernel  # compiled only where needed

    arrived = problem.state_buffer()
    steps = torch.zeros(len(partition.stretches), 1, problem.channels)
    rows = rows_of(arrived), rows_of(steps)
    run_all(lambda part: boundary_kernel.arrive(problem.rows, part, *rows), partition.jobs)
    decay = _decay(problem, steps)
    arrived, before = partition.by_segment(arrived), partition.by_segment(state)
    for s in range(partition.segments - 1):
        before[:, s + 1] = arrived[:, s] + decay[:, s] * before[:, s]
    return state


def _adjoints_after(problem: Problem, dy: Tensor) -> Tensor:
    """Return the gradient of the state after every stretch."""
    adjoint = problem.state_buffer()
    partition = problem.partition
    if partition.segments == 1:
        return adjoint
    from LightMSegmentationLib.network.selective_scan import boundary_kernel  # compiled only where needed

    departed = problem.state_buffer()
    steps = torch.zeros(len(partition.stretches), 1, problem.channels)
    rows = rows_of(dy), rows_of(departed), rows_of(steps)
    run_all(lambda part: boundary_kernel.depart(problem.rows, part, *rows), partition.jobs)
    decay = _decay(problem, steps)
    departed, after = partition.by_segment(departed), partition.by_segment(adjoint)
    for s in reversed(range(1, partition.segments)):
        after[:, s - 1] = departed[:, s] + decay[:, s] * after[:, s]
    return adjoint


def _decay(problem: Problem, steps: Tensor) -> Tensor:
    """Return what a state loses over every stretch, (shares, segments, blocks * states, 16)."""
    per_block = steps.view(problem.batch, -1, problem.channels // LANES, 1, LANES)
    rates = problem.rates.unflatten(1, (-1, problem.states))[:, None]
    return problem.partition.by_segment(torch.exp2(per_block * rates).flatten(0, 1).flatten(1, 2))


def differentiate(problem: Problem, checkpoints: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
    """Return the gradients of all inputs, in the order of the scan's arguments."""
    from LightMSegmentationLib.network.selective_scan import backward_kernel  # compiled only where needed

    dy = touching(dy)
    stretches = problem.partition.stretches
    shares = problem.batch * problem.partition.shares_per_sample
    padded_states = problem.states + -problem.states % LANES
    du, ddelta, dz = (torch.empty(problem.batch, problem.length, problem.channels) for _ in range(3))
    dB, dC = (torch.empty(shares, problem.intervals * TILE, padded_states) for _ in range(2))
    dD, dbias = (torch.zeros(len(stretches), 1, problem.channels) for _ in range(2))
    dA, adjoint = problem.state_buffer(), _adjoints_after(problem, dy)
    gradients = Gradients(*(rows_of(x) for x in (du, ddelta, dA, dB, dC, dD, dz, dbias)))
    rows = rows_of(adjoint), rows_of(checkpoints), problem.intervals, rows_of(dy), gradients

    def run(part: Stretch) -> None:
        tile = torch.empty(backward_kernel.TILE_FIELDS, TILE + 1, LANES)
        pulls = torch.empty(2, padded_states, TILE)
        backward_kernel.retrace(problem.rows, part, *rows, rows_of(tile), rows_of(pulls))

    run_all(run, problem.partition.jobs)
    dB, dC = (x.unflatten(0, (problem.batch, -1)).sum(1)[:, : problem.length, : problem.states] for x in (dB, dC))
    dA = out_of_blocks(_summed(dA, problem), problem.states)
    dD, dbias = (_summed(x[:, 0], problem) for x in (dD, dbias))
    return du, ddelta, dA, dB, dC, dD, dz if problem.gated else None, dbias


def _summed(per_stretch: Tensor, problem: Problem) -> Tensor:
    """Add up a parameter's gradients over the stretches of all samples that share it, else over those of each."""
    return per_stretch.sum(0) if problem.shared else per_stretch.unflatten(0, (problem.batch, -1)).sum(1)
