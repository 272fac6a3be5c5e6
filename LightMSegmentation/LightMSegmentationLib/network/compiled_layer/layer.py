"""The compiled layer joined to autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from LightMSegmentationLib.network.compiled_layer.tile_conv import HALO
from LightMSegmentationLib.network.compiled_layer.workspace import (
    back_workspace_of,
    backward_buffers,
    forward_buffers,
    workspace_of,
)
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all, thread_count

if TYPE_CHECKING:
    from LightMSegmentationLib.network.mamba_layer import MambaLayer

WIDEST = 64
"""Channels up to which the weights stay in the cache beside a tile; beyond, torch's products are faster."""


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
        and tokens.shape[0] >= thread_count()
    )


def mixed(tokens: Tensor, layer: MambaLayer) -> Tensor:
    """Return the layer's result, (batch, length, outputs), for tokens (batch, length, channels)."""
    mamba = layer.mamba
    return CompiledMambaLayer.apply(
        tokens, layer.norm.weight, layer.norm.bias, mamba.in_proj.weight, mamba.conv1d.weight, mamba.conv1d.bias,
        mamba.x_proj.weight, mamba.dt_proj.weight, mamba.dt_proj.bias, mamba.A_log, mamba.D, mamba.out_proj.weight,
        layer.proj.weight, layer.proj.bias, layer.skip_scale,
    )  # fmt: skip


class CompiledMambaLayer(torch.autograd.Function):
    """Tokens (batch, length, channels) and `Parameters` to (batch, length, outputs)."""

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, tokens: Tensor, *tensors: Tensor) -> Tensor:
        """Return the layer's result."""
        keep = any(ctx.needs_input_grad)
        parameters = Parameters(*tensors)
        sizes = sizes_of(parameters)
        tokens = tokens.contiguous()
        batch, length, _ = tokens.shape
        tiles = -(-length // TILE) if keep else 0
        matrices = packed(parameters)
        edges = torch.empty(batch, tiles, HALO, sizes.inner)
        checkpoints = torch.empty(batch, tiles, sizes.inner, LANES)
        mixed = torch.empty(batch, length if keep else 0, sizes.channels)
        out = torch.empty(batch, length, sizes.outputs)

        def run(sample: int) -> None:
            buffers = forward_buffers(sizes)
            forward_kernel.run(
                rows_of(tokens[sample]), length, sizes, matrices_of(matrices), workspace_of(buffers), keep,
                rows_of(edges[sample]), rows_of(checkpoints[sample]), rows_of(mixed[sample]), rows_of(out[sample]),
            )  # fmt: skip

        run_all(run, [(sample,) for sample in range(batch)])
        if keep:
            ctx.save_for_backward(tokens, edges, checkpoints, mixed, *tensors)
        return out

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of tokens and parameters."""
        from LightMSegmentationLib.network.compiled_layer import backward_kernel  # compiled only where needed

        tokens, edges, checkpoints, mixed, *tensors = ctx.saved_tensors
        parameters = Parameters(*tensors)
        sizes = sizes_of(parameters)
        batch, length, _ = tokens.shape
        matrices = packed(parameters)
        upstream = upstream.contiguous()
        dtokens = torch.empty_like(tokens)
        sums = GradientSums(sizes, batch)

        def retrace(sample: int) -> None:
            buffers, back = forward_buffers(sizes), backward_buffers(sizes)
            backward_kernel.retrace(
                rows_of(tokens[sample]), length, sizes, matrices_of(matrices), workspace_of(buffers),
                back_workspace_of(back), rows_of(edges[sample]), rows_of(checkpoints[sample]), rows_of(mixed[sample]),
                rows_of(upstream[sample]), rows_of(dtokens[sample]), sums.of_job(sample),
            )  # fmt: skip

        run_all(retrace, [(sample,) for sample in range(batch)])
        return dtokens, *sums.gradients(parameters)
