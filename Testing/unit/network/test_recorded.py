"""Whether autograd records a computation."""

from __future__ import annotations

import torch
from LightMSegmentationLib.network.recorded import is_recorded

WEIGHT = torch.nn.Parameter(torch.ones(1))


def test_a_computation_with_a_parameter_is_recorded() -> None:
    assert is_recorded(torch.ones(1), None, WEIGHT)


def test_inference_records_nothing_although_its_parameters_want_gradients() -> None:
    with torch.inference_mode():
        assert not is_recorded(WEIGHT)
    with torch.no_grad():
        assert not is_recorded(WEIGHT)


def test_frozen_parameters_record_nothing() -> None:
    assert not is_recorded(torch.ones(1), WEIGHT.detach())
