"""The adapter speaks the interface of mamba-ssm, which itself needs an NVIDIA GPU: a stand-in answers in its place."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest
import torch
from LightMSegmentationLib.network.selective_scan.reference import scan_reference
from torch.nn import functional

from Testing.unit.network.selective_scan.scan_inputs import inputs_with_own_parameters, scan_inputs

ADAPTER = "LightMSegmentationLib.network.selective_scan.mamba_ssm"


def documented_scan(u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False, return_last_state=False):
    """Compute what mamba-ssm documents: u, delta, z (batch, channels, length), B, C (batch, states, length).

    Or B, C (batch, groups, states, length), each for a group of neighboring channels.
    """
    assert delta_softplus
    assert not return_last_state
    if B.dim() == 3:
        B, C = B[:, None], C[:, None]
    B, C = (x.repeat_interleave(u.shape[1] // x.shape[1], dim=1) for x in (B, C))
    step = functional.softplus(delta + delta_bias[:, None])
    state = torch.zeros(u.shape[0], *A.shape)
    columns = []
    for t in range(u.shape[2]):
        drive = (step[..., t] * u[..., t])[..., None] * B[..., t]
        state = torch.exp(step[..., t, None] * A) * state + drive
        columns.append((state * C[..., t]).sum(-1))
    y = torch.stack(columns, dim=-1) + D[:, None] * u
    return y if z is None else y * functional.silu(z)


@pytest.fixture
def adapter(monkeypatch):
    """The adapter, importing the stand-in."""
    interface = ModuleType("mamba_ssm.ops.selective_scan_interface")
    interface.selective_scan_fn = documented_scan
    for name in ("mamba_ssm", "mamba_ssm.ops"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    monkeypatch.delitem(sys.modules, ADAPTER, raising=False)
    yield importlib.import_module(ADAPTER)
    sys.modules.pop(ADAPTER, None)


@pytest.mark.parametrize("gated", [True, False])
def test_the_adapter_turns_inputs_and_output_around(adapter, gated):
    inputs = scan_inputs(2, 23, 6, 4, gated=gated)
    torch.testing.assert_close(adapter.scan_mamba_ssm(*inputs), scan_reference(*inputs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("gated", [True, False])
def test_samples_with_parameters_of_their_own_become_groups_of_channels(adapter, gated):
    inputs = inputs_with_own_parameters(3, 23, 6, 4, gated=gated)
    torch.testing.assert_close(adapter.scan_mamba_ssm(*inputs), scan_reference(*inputs), rtol=1e-4, atol=1e-5)
