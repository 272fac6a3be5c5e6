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


def _sequence_last(x: Tensor) -> Tensor:
    return x.transpose(1, 2).contiguous()
