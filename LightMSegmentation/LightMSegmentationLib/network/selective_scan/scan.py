"""The one function that the network calls."""

from __future__ import annotations

import torch
from torch import Tensor

from LightMSegmentationLib.network.selective_scan.backends import AUTO, backend_named, choose_backend


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor,
    z: Tensor | None,
    delta_bias: Tensor,
    *,
    backend: str = AUTO,
) -> Tensor:
    """Run the input-dependent linear recurrence of Mamba-1 along a sequence.

    With ``step = softplus(delta + delta_bias)`` and the state ``h`` starting at zero, for every channel and state::

        h[t] = exp(step[t] * A) * h[t-1] + step[t] * B[t] * u[t]
        y[t] = (sum over states of C[t] * h[t] + D * u[t]) * silu(z[t])

    Parameters
    ----------
    u, delta
        Input and raw step, (batch, length, channels). Views into larger tensors are read in place where the last axis
        is contiguous.
    A
        Negative rates, (channels, states); or (batch, channels, states), then ``D`` and ``delta_bias`` are (batch,
        channels): every sample has parameters of its own, as the directions of a two-dimensional scan have.
    B, C
        Input and output weights, (batch, length, states).
    D, delta_bias
        Skip weight and bias of the step, (channels,).
    z
        Gate, (batch, length, channels), or None for no gate.
    backend
        ``"auto"`` for the fastest one that works for the device and type of ``u``, or a name from
        :func:`available_backends`.

    Returns
    -------
    Tensor
        y, (batch, length, channels), in the type of ``u``. Half-precision inputs are computed in float32 where the
        backend has no half-precision kernel of its own.

    Raises
    ------
    ModelError
        When the named backend does not exist or does not work here.

    Notes
    -----
    Source: A. Gu and T. Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023.
    """
    chosen = backend_named(choose_backend(backend, u.device, u.dtype))
    dtype = chosen.compute_dtype(u.dtype)
    x, delta, B, C = (rows.to(dtype) for rows in (u, delta, B, C))
    z = None if z is None else z.to(dtype)
    # Parameters are small, and half precision would change the rates of slow states.
    A, D, delta_bias = (own.to(torch.promote_types(u.dtype, torch.float32)) for own in (A, D, delta_bias))
    return chosen.load()(x, delta, A, B, C, D, z, delta_bias).to(u.dtype)
