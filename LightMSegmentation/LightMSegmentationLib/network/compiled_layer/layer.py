"""The compiled layer joined to autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from LightMSegmentationLib.network.compiled_layer import forward_kernel
from LightMSegmentationLib.network.compiled_layer.parameters import (
    GradientSums,
    Parameters,
    matrices_of,
    packed,
    sizes_of,
)
from LightMSegmentationLib.network.compiled_layer.stretches import Span, stretch_count, walk_all
from LightMSegmentationLib.network.compiled_layer.tile_conv import HALO
from LightMSegmentationLib.network.compiled_layer.workspace import (
    Kept,
    back_workspace_of,
    backward_buffers,
    forward_buffers,
    no_state,
    workspace_of,
)
from LightMSegmentationLib.network.recorded import is_recorded
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all, thread_count

if TYPE_CHECKING:
    from LightMSegmentationLib.network.mamba_layer import MambaLayer

WIDEST = 64
"""Channels up to which the weights stay in the cache beside a tile; beyond, torch's products are faster."""
TILES_BETWEEN_STATES = 16
"""So far apart are the states that are kept where no gradients are wanted: their memory is small beside the result."""


def fits(tokens: Tensor, layer: MambaLayer) -> bool:
    """Tell whether the kernels can take the tokens, and all threads have work."""
    outputs, channels = layer.proj.weight.shape
    in_single = tokens.dtype == torch.float32 or torch.is_autocast_enabled("cpu")
    return (
        in_single
        and layer.proj.weight.dtype == torch.float32
        and channels % LANES == 0
        and outputs % LANES == 0
        and channels <= WIDEST
        and _jobs(tokens, layer) >= thread_count()
    )


def _jobs(tokens: Tensor, layer: MambaLayer) -> int:
    """Return how many threads could work at once; the way back does not split a sample."""
    batch, length, _ = tokens.shape
    return batch if is_recorded(tokens, *layer.parameters()) else batch * stretch_count(batch, length)


def mixed(tokens: Tensor, layer: MambaLayer) -> Tensor:
    """Return the layer's result, (batch, length, outputs), for tokens (batch, length, channels)."""
    mamba = layer.mamba
    parameters = Parameters(
        layer.norm.weight, layer.norm.bias, mamba.in_proj.weight, mamba.conv1d.weight,
        cast("Tensor", mamba.conv1d.bias), mamba.x_proj.weight, mamba.dt_proj.weight, mamba.dt_proj.bias, mamba.A_log,
        mamba.D, mamba.out_proj.weight, layer.proj.weight, layer.proj.bias, layer.skip_scale,
    )  # fmt: skip
    return CompiledMambaLayer.apply(is_recorded(tokens, *parameters), tokens, *parameters)


class CompiledMambaLayer(torch.autograd.Function):
    """Tokens (batch, length, channels) and `Parameters` to (batch, length, outputs).

    ``keep`` says whether to keep what the way back needs.
    """

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, keep: bool, tokens: Tensor, *tensors: Tensor) -> Tensor:
        """Return the layer's result."""
        parameters = Parameters(*tensors)
        sizes = sizes_of(parameters)
        tokens = tokens.contiguous()
        batch, length, _ = tokens.shape
        between = 1 if keep else TILES_BETWEEN_STATES
        tiles = -(-length // TILE)
        matrices = packed(parameters)
        edges = torch.empty(batch, tiles if keep else 0, HALO, sizes.inner)
        states = torch.empty(batch, -(-tiles // between), *no_state(sizes).shape)
        mixed = torch.empty(batch, length if keep else 0, sizes.channels)
        out = torch.empty(batch, length, sizes.outputs)

        def walk(sample: int, span: Span, state: Tensor) -> bool:
            buffers = forward_buffers(sizes, state)
            return forward_kernel.run(
                rows_of(tokens[sample]), span, sizes, matrices_of(matrices), workspace_of(buffers),
                Kept(rows_of(states[sample]), between), keep, rows_of(edges[sample]), rows_of(mixed[sample]),
                rows_of(out[sample]),
            )  # fmt: skip

        walk_all(walk, batch, length, between * TILE, no_state(sizes))
        if keep:
            ctx.save_for_backward(tokens, edges, states, mixed, *tensors)
        return out

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of tokens and parameters."""
        from LightMSegmentationLib.network.compiled_layer import backward_kernel  # compiled only where needed

        tokens, edges, states, mixed, *tensors = ctx.saved_tensors
        parameters = Parameters(*tensors)
        sizes = sizes_of(parameters)
        batch, length, _ = tokens.shape
        matrices = packed(parameters)
        upstream = upstream.contiguous()
        dtokens = torch.empty_like(tokens)
        sums = GradientSums(sizes, batch)

        def retrace(sample: int) -> None:
            buffers, back = forward_buffers(sizes, no_state(sizes)), backward_buffers(sizes)
            backward_kernel.retrace(
                rows_of(tokens[sample]), length, sizes, matrices_of(matrices), workspace_of(buffers),
                back_workspace_of(back), rows_of(edges[sample]), rows_of(states[sample]), rows_of(mixed[sample]),
                rows_of(upstream[sample]), rows_of(dtokens[sample]), sums.of_job(sample),
            )  # fmt: skip

        run_all(retrace, [(sample,) for sample in range(batch)])
        return None, dtokens, *sums.gradients(parameters)
