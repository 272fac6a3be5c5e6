"""Which backends of the scan exist, which of them really run here, and which one to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.selective_scan.reference import scan_reference

AUTO = "auto"
_ANY_DEVICE = ("cpu", "cuda", "mps", "xpu")
_ALL_TYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_SINGLE_AND_HALF = (torch.float32, torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class BackendReport:
    """What became of trying a backend: ``reason`` says why it is not available, or is empty."""

    name: str
    device_types: tuple[str, ...]
    available: bool
    reason: str


@dataclass(frozen=True)
class _Backend:
    name: str
    device_types: tuple[str, ...]
    dtypes: tuple[torch.dtype, ...]
    load: Callable[[], Callable[..., Tensor]]
    advice: str


def _load_numba() -> Callable[..., Tensor]:
    from LightMSegmentationLib.network.selective_scan.compiled import scan_compiled  # noqa: PLC0415 - numba is imported only where it is used

    return scan_compiled


def _load_reference() -> Callable[..., Tensor]:
    return scan_reference


# Fastest first: "auto" takes the first one that works.
_BACKENDS = (
    _Backend("numba", ("cpu",), _SINGLE_AND_HALF, _load_numba, "Install it with: pip install numba."),
    _Backend("reference", _ANY_DEVICE, _ALL_TYPES, _load_reference, ""),
)


def _tiny_inputs(device: torch.device) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(device)

    rows, channels, states = (1, 9, 16), (16,), (1, 9, 4)
    rates = -torch.exp(random(16, 4))
    return random(*rows), random(*rows), rates, random(*states), random(*states), random(*channels), random(*rows), random(*channels)


@cache
def _trial(backend: _Backend, device_type: str) -> str:
    """Run a tiny scan; return why the backend can't be used on the device, or an empty string."""
    try:
        inputs = _tiny_inputs(torch.device(device_type))
        result = backend.load()(*inputs)
        expected = scan_reference(*inputs)
    except Exception as error:  # noqa: BLE001 - foreign libraries fail in any way they like; the reason is reported
        return f"{type(error).__name__}: {error}".splitlines()[0]
    if not torch.allclose(result, expected, rtol=1e-4, atol=1e-4):
        return "its result differs from the reference"
    return ""


def _present(device_type: str) -> bool:
    if device_type == "cpu":
        return True
    module = getattr(torch, device_type, None)
    return bool(module and module.is_available())


def available_backends() -> list[BackendReport]:
    """Try every backend with a tiny scan, on the first of its device kinds that is present; results are kept."""
    return [_report(backend) for backend in _BACKENDS]


def _report(backend: _Backend) -> BackendReport:
    device_type = next((kind for kind in backend.device_types if _present(kind)), None)
    if device_type is None:
        return BackendReport(backend.name, backend.device_types, False, f"no {' or '.join(backend.device_types)} device")
    reason = _trial(backend, device_type)
    return BackendReport(backend.name, backend.device_types, not reason, reason)


def choose_backend(name: str, device: torch.device | str, dtype: torch.dtype = torch.float32) -> str:
    """Return the backend that ``name`` stands for on ``device``: itself, or for ``"auto"`` the fastest that works.

    Raises
    ------
    ModelError
        When the named backend is unknown, not made for the device or type, or does not run here.
    """
    device_type = torch.device(device).type
    if name != AUTO:
        return _checked(_find(name), device_type, dtype).name
    return next(b.name for b in _BACKENDS if device_type in b.device_types and dtype in b.dtypes and not _trial(b, device_type))


def _find(name: str) -> _Backend:
    for backend in _BACKENDS:
        if backend.name == name:
            return backend
    names = ", ".join([AUTO, *(backend.name for backend in _BACKENDS)])
    cause, advice = f"There is no scan backend named '{name}'.", f"Choose one of: {names}."
    raise ModelError(cause, advice)


def _checked(backend: _Backend, device_type: str, dtype: torch.dtype) -> _Backend:
    other = "Choose 'auto' to use the fastest one that works."
    if device_type not in backend.device_types:
        cause = f"The scan backend '{backend.name}' does not run on '{device_type}'."
        raise ModelError(cause, other)
    if dtype not in backend.dtypes:
        cause = f"The scan backend '{backend.name}' does not compute in {dtype}."
        raise ModelError(cause, other)
    reason = _trial(backend, device_type)
    if reason:
        cause = f"The scan backend '{backend.name}' does not work here ({reason})."
        raise ModelError(cause, f"{backend.advice} {other}".strip())
    return backend


def implementation(name: str) -> Callable[..., Tensor]:
    """Return the function of the backend called ``name``, which :func:`choose_backend` has approved."""
    return _find(name).load()
