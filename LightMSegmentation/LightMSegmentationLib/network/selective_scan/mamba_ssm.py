"""The fused CUDA scan of the ``mamba-ssm`` package, where it is installed.

Source of its interface: ``mamba_ssm.ops.selective_scan_interface.selective_scan_fn`` of mamba-ssm 2.
"""

from __future__ import annotations

from mamba_ssm.ops.selective_scan_interface import selective_scan_fn
from torch import Tensor


def scan_mamba_ssm(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run :func:`selective_scan` by ``mamba-ssm``, which wants the sequence last: inputs and output are transposed."""
    if A.dim() == 3:
        return _as_one_sample(u, delta, A, B, C, D, z, delta_bias)
    y = selective_scan_fn(
        _sequence_last(u),
        _sequence_last(delta),
        A.float(),
        _sequence_last(B),
        _sequence_last(C),
        D.float(),
        z=None if z is None else _sequence_last(z),
        delta_bias=delta_bias.float(),
        delta_softplus=True,
    )
    return y.transpose(1, 2)


def _as_one_sample(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run samples with parameters of their own as groups of channels, each with its B and C, of a single sample."""
    y = selective_scan_fn(
        _channels_of_all(u),
        _channels_of_all(delta),
        A.float().flatten(0, 1),
        _sequence_last(B)[None],
        _sequence_last(C)[None],
        D.float().flatten(),
        z=None if z is None else _channels_of_all(z),
        delta_bias=delta_bias.float().flatten(),
        delta_softplus=True,
    )
    return y.unflatten(1, (len(u), -1))[0].transpose(1, 2)


def _channels_of_all(x: Tensor) -> Tensor:
    return _sequence_last(x).flatten(0, 1)[None]


def _sequence_last(x: Tensor) -> Tensor:
    return x.transpose(1, 2).contiguous()
