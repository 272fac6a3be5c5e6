"""The scan on a GPU by kernels in Triton: thousands of chunks of the sequence at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import triton
from torch import Tensor

from LightMSegmentationLib.network.selective_scan import triton_backward, triton_carry, triton_forward
from LightMSegmentationLib.network.selective_scan.triton_rows import LOG2_E

# Warps that fit on a multiprocessor when every lane takes 128 registers, which is what the kernels need.
PROGRAMS_PER_MULTIPROCESSOR = 16
# Shorter chunks would spend their time on reading and writing states.
LEAST_ROWS = 32
# For gradients the state before every so many rows is kept.
KEPT_EVERY = 16
# A program is one warp; products and sums may be joined to multiply-adds.
CHUNK = {"num_warps": 1, "maxnreg": 128, "enable_fp_fusion": True}
# Rows whose states the gradient kernel holds in registers, of which it takes twice as many.
RETRACED_ROWS = 2
RETRACE = {"num_warps": 1, "enable_fp_fusion": True}
CARRY = {"COLUMNS": 16, "num_warps": 4, "enable_fp_fusion": True}
CHUNKS_JOINED_AT_ONCE = 256


@dataclass(frozen=True)
class Problem:
    """The inputs of a scan as kernels read them: last axes contiguous, parameters in float32, rates times log2(e).

    ``rates`` (1 or batch, states, channels), ``D`` and ``bias`` (1 or batch, channels).
    """

    u: Tensor
    delta: Tensor
    rates: Tensor
    B: Tensor
    C: Tensor
    D: Tensor
    z: Tensor | None
    bias: Tensor
    rows: int

    @classmethod
    def of(
        cls, u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
    ) -> Problem:
        """Copy only tensors whose last axis is not contiguous, and parameters, which are small."""
        batch, length, channels = u.shape
        rates = (A.float() * float(LOG2_E.value)).reshape(-1, channels, A.shape[-1]).transpose(1, 2).contiguous()
        D, bias = (x.float().reshape(-1, channels).contiguous() for x in (D, delta_bias))
        u, delta, B, C = (touching(x) for x in (u, delta, B, C))
        rows = _rows_per_chunk(length, batch * _blocks(channels), u.device)
        return cls(u, delta, rates, B, C, D, None if z is None else touching(z), bias, rows)

    @property
    def chunks(self) -> int:
        """Return how many chunks a sequence is cut into."""
        return -(-self.u.shape[1] // self.rows)

    @property
    def grid(self) -> tuple[int, int, int]:
        """Return the programs of a kernel that takes chunks."""
        return self.chunks, _blocks(self.u.shape[2]), self.u.shape[0]

    @property
    def own(self) -> int:
        """Return 1 if every sample has parameters of its own, else 0."""
        return int(len(self.rates) > 1)

    @property
    def width(self) -> dict[str, int]:
        """Return the constants that say how wide a state is."""
        channels = self.u.shape[2]
        width = _width(channels)
        return {"N": self.rates.shape[1], "WIDTH": width, "WHOLE": channels % width == 0}

    def state_buffer(self, per_sample: int) -> Tensor:
        """Return room for states, (batch, per_sample, states, channels)."""
        return self.u.new_empty((self.u.shape[0], per_sample, *self.rates.shape[1:]), dtype=torch.float32)

    def step_buffer(self) -> Tensor:
        """Return room for the sum of every chunk's steps, (batch, chunks, channels)."""
        return self.u.new_empty((self.u.shape[0], self.chunks, self.u.shape[2]), dtype=torch.float32)


def scan_triton(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run :func:`selective_scan` on an NVIDIA GPU; the state is float32, inputs may be float32, float16 or bfloat16."""
    return _TritonScan.apply(u, delta, A, B, C, D, z, delta_bias)


class _TritonScan(torch.autograd.Function):
    """Joins the kernels to autograd."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Tensor:
        with torch.cuda.device_of(inputs[0]):
            y, kept = run_forward(Problem.of(*inputs), keep=any(ctx.needs_input_grad))
        if kept is not None:
            ctx.save_for_backward(*inputs, kept)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, kept = ctx.saved_tensors
        with torch.cuda.device_of(dy):
            return differentiate(Problem.of(*inputs), kept, dy)


def run_forward(problem: Problem, *, keep: bool) -> tuple[Tensor, Tensor | None]:
    """Return y and, with ``keep``, the state before every ``KEPT_EVERY`` rows, (batch, places, states, channels)."""
    u, length, channels = problem.u, problem.u.shape[1], problem.u.shape[2]
    y = torch.empty(u.shape, dtype=u.dtype, device=u.device)
    before = _states_before(problem)
    kept = problem.state_buffer(problem.chunks * problem.rows // KEPT_EVERY) if keep else before
    z = u if problem.z is None else problem.z
    triton_forward.output[problem.grid](
        *strided(u), *strided(problem.delta), *strided(problem.B), *strided(problem.C), *strided(z),
        problem.rates, problem.D, problem.bias, problem.own, before, kept, y, length, problem.rows, channels,
        GATED=problem.z is not None, KEPT_EVERY=KEPT_EVERY if keep else 0, **problem.width, **CHUNK,
    )  # fmt: skip
    return y, kept if keep else None


def _states_before(problem: Problem) -> Tensor:
    """Return the state before every chunk, (batch, chunks, states, channels)."""
    if problem.chunks == 1:
        return problem.state_buffer(1).zero_()
    u = problem.u
    arrived, steps = problem.state_buffer(problem.chunks), problem.step_buffer()
    triton_forward.arrive[problem.grid](
        *strided(u), *strided(problem.delta), *strided(problem.B), problem.rates, problem.bias, problem.own,
        arrived, steps, u.shape[1], problem.rows, u.shape[2], **problem.width, **CHUNK,
    )  # fmt: skip
    return _carried(problem, arrived, steps, reverse=False)


def differentiate(problem: Problem, kept: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
    """Return the gradients of all inputs, in the order of the scan's arguments."""
    u, dy = problem.u, touching(dy)
    batch, length, channels = u.shape
    chunks, blocks, _ = problem.grid
    z = u if problem.z is None else problem.z
    after = _adjoints_after(problem, z, dy)
    du, ddelta, dz = (torch.empty(u.shape, dtype=x.dtype, device=x.device) for x in (u, problem.delta, z))
    dB, dC = (u.new_empty((blocks, *x.shape), dtype=torch.float32) for x in (problem.B, problem.C))
    dA, dD, dbias = problem.state_buffer(chunks), problem.step_buffer(), problem.step_buffer()
    per_program = KEPT_EVERY // RETRACED_ROWS * problem.width["N"] * problem.width["WIDTH"]
    scratch = u.new_empty(batch * chunks * blocks * per_program, dtype=torch.float32)
    triton_backward.retrace[problem.grid](
        *strided(u), *strided(problem.delta), *strided(problem.B), *strided(problem.C), *strided(z), *strided(dy),
        problem.rates, problem.D, problem.bias, problem.own, kept, after, scratch,
        du, ddelta, dz, dA, dB, dC, dD, dbias, length, problem.rows, channels,
        GATED=problem.z is not None, KEPT_EVERY=KEPT_EVERY, ROWS=RETRACED_ROWS, **problem.width, **RETRACE,
    )  # fmt: skip
    dA, dD, dbias = (x.sum(1) if problem.own else x.sum((0, 1)) for x in (dA, dD, dbias))
    return du, ddelta, dA.transpose(-1, -2), dB.sum(0), dC.sum(0), dD, None if problem.z is None else dz, dbias


def _adjoints_after(problem: Problem, z: Tensor, dy: Tensor) -> Tensor:
    """Return the gradient of the state after every chunk, (batch, chunks, states, channels)."""
    if problem.chunks == 1:
        return problem.state_buffer(1).zero_()
    departed, steps = problem.state_buffer(problem.chunks), problem.step_buffer()
    triton_backward.depart[problem.grid](
        *strided(problem.delta), *strided(problem.C), *strided(z), *strided(dy), problem.rates, problem.bias,
        problem.own, departed, steps, dy.shape[1], problem.rows, dy.shape[2],
        GATED=problem.z is not None, **problem.width, **CHUNK,
    )  # fmt: skip
    return _carried(problem, departed, steps, reverse=True)


def _carried(problem: Problem, arrived: Tensor, steps: Tensor, *, reverse: bool) -> Tensor:
    """Return what comes into every chunk from all those before it, or in reverse from those after it."""
    batch, chunks, states, channels = arrived.shape
    result = torch.empty_like(arrived)
    grid = -(-states * channels // CARRY["COLUMNS"]), batch
    tile = min(CHUNKS_JOINED_AT_ONCE, triton.next_power_of_2(chunks))
    triton_carry.carry[grid](
        arrived, steps, problem.rates, problem.own, result, chunks, channels,
        REVERSED=reverse, N=states, TILE=tile, **CARRY,
    )  # fmt: skip
    return result


def _width(channels: int) -> int:
    return 64 if channels > 32 else 32


def _blocks(channels: int) -> int:
    return -(-channels // _width(channels))


def _rows_per_chunk(length: int, scans: int, device: torch.device) -> int:
    """Return how many rows a chunk has when all multiprocessors are to be full once; every scan is cut alike."""
    on_gpu = device.type == "cuda"  # else Triton interprets the kernels
    multiprocessors = torch.cuda.get_device_properties(device).multi_processor_count if on_gpu else 1
    rows = max(LEAST_ROWS, -(-length * scans // (PROGRAMS_PER_MULTIPROCESSOR * multiprocessors)))
    return rows + -rows % KEPT_EVERY


def touching(tensor: Tensor) -> Tensor:
    """Return the tensor itself, or a copy where the elements of its last axis do not touch."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def strided(tensor: Tensor) -> tuple[Tensor, int, int]:
    """Return what a kernel needs to find a row: the tensor and the distances between samples and between rows."""
    return tensor, tensor.stride(0), tensor.stride(1)
