"""The definition of the selective scan: one step after the other, in any floating type.

Source: A. Gu and T. Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023, equations 2 and 4
and section 3.3 (zero-order hold for A, Euler for B, as their implementation has it).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from LightMSegmentationLib.network.selective_scan.sample_parameters import as_rows


def scan_reference(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run the recurrence of :func:`selective_scan` literally; slow, differentiable, the yardstick of every backend.

    Shapes are those of :func:`selective_scan`. Memory for gradients grows with length x channels x states.
    """
    step = functional.softplus(delta + as_rows(delta_bias))
    state = u.new_zeros(u.shape[0], u.shape[2], A.shape[-1])
    rows = []
    for t in range(u.shape[1]):
        decay = torch.exp(step[:, t, :, None] * A)
        state = decay * state + (step[:, t] * u[:, t])[:, :, None] * B[:, t, None, :]
        rows.append((state @ C[:, t, :, None]).squeeze(-1))
    y = torch.stack(rows, dim=1) + as_rows(D) * u
    return y if z is None else y * functional.silu(z)
