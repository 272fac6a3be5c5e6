"""Backends are tried before they are trusted, and named ones that can't be used say why."""

from __future__ import annotations

import sys

import pytest
import torch
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.selective_scan import available_backends, backends, choose_backend, selective_scan

from Testing.unit.network.selective_scan.scan_inputs import relative_error, scan_inputs


@pytest.fixture
def _no_memory():
    """Forget earlier trials, before and after."""
    backends._trial.cache_clear()
    yield
    backends._trial.cache_clear()


def test_every_backend_is_reported_with_a_reason_when_it_does_not_work():
    reports = {report.name: report for report in available_backends()}
    assert set(reports) == {"numba", "triton", "mamba-ssm", "chunked", "reference"}
    assert reports["reference"].available
    assert reports["chunked"].available
    assert all(report.available != bool(report.reason) for report in reports.values())


def test_every_working_backend_can_be_named_and_agrees_with_the_reference():
    inputs = scan_inputs(1, 70, 20, 16)
    truth = selective_scan(*(x.double() for x in inputs), backend="reference")
    names = [report.name for report in available_backends() if report.available and "cpu" in report.device_types]
    assert {"chunked", "reference"} <= set(names)
    for name in names:
        assert choose_backend(name, "cpu") == name
        assert relative_error(selective_scan(*inputs, backend=name), truth) <= 1e-5


def test_auto_takes_the_compiled_scan_for_float32_on_a_cpu():
    pytest.importorskip("numba", reason="numba is not installed")
    assert choose_backend("auto", "cpu") == "numba"


def test_auto_never_computes_float64_in_less():
    inputs = [x.double() for x in scan_inputs(1, 40, 16, 16)]
    assert choose_backend("auto", "cpu", torch.float64) == "chunked"
    assert relative_error(selective_scan(*inputs), selective_scan(*inputs, backend="reference")) <= 1e-13


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_goes_in_and_comes_out(dtype):
    inputs = [x.to(dtype) for x in scan_inputs(1, 40, 16, 16)]
    y = selective_scan(*inputs)
    truth = selective_scan(*(x.double() for x in inputs), backend="reference")
    assert y.dtype == dtype
    assert relative_error(y, truth) <= torch.finfo(dtype).eps


@pytest.mark.usefixtures("_no_memory")
def test_without_numba_auto_falls_back_to_plain_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "LightMSegmentationLib.network.selective_scan.compiled", None)
    assert choose_backend("auto", "cpu") == "chunked"
    with pytest.raises(ModelError, match="pip install numba"):
        choose_backend("numba", "cpu")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ModelError, match="auto, numba, triton, mamba-ssm, chunked, reference"):
        choose_backend("cudnn", "cpu")


def test_a_backend_of_another_device_is_refused_with_the_device():
    with pytest.raises(ModelError, match="does not run on the device 'cpu'"):
        choose_backend("mamba-ssm", "cpu")


def test_numba_refuses_float64_instead_of_losing_digits():
    pytest.importorskip("numba", reason="numba is not installed")
    with pytest.raises(ModelError, match=r"does not compute in torch\.float64"):
        choose_backend("numba", "cpu", torch.float64)
