"""Which backends of the scan exist, which of them really run here, and which one to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.selective_scan.chunked import scan_chunked
from LightMSegmentationLib.network.selective_scan.reference import scan_reference

AUTO = "auto"
_REFERENCE = "reference"
_ANY_DEVICE = ("cpu", "cuda", "mps", "xpu")
_HALVES = (torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class BackendReport:
    """What became of trying a backend: ``reason`` says why it is not available, or is empty."""

    name: str
    device_types: tuple[str, ...]
    available: bool
    reason: str


@dataclass(frozen=True)
class Backend:
    """One way to compute the scan: where it can run, the types it computes in, and how to get its function."""

    name: str
    device_types: tuple[str, ...]
    dtypes: tuple[torch.dtype, ...]
    load: Callable[[], Callable[..., Tensor]]
    advice: str = ""

    def compute_dtype(self, dtype: torch.dtype) -> torch.dtype | None:
        """Return the type in which tensors of ``dtype`` are computed, or None where that would lose digits."""
        if dtype in self.dtypes:
            return dtype
        return torch.float32 if dtype in _HALVES else None


def _load_numba() -> Callable[..., Tensor]:
    from LightMSegmentationLib.network.selective_scan.compiled import scan_compiled

    return scan_compiled


def _load_triton() -> Callable[..., Tensor]:
    from LightMSegmentationLib.network.selective_scan.triton_scan import scan_triton

    return scan_triton


def _load_mamba_ssm() -> Callable[..., Tensor]:
    from LightMSegmentationLib.network.selective_scan.mamba_ssm import scan_mamba_ssm

    return scan_mamba_ssm


# Fastest first: "auto" takes the first one that works. Optional packages are imported when a backend is first tried.
_BACKENDS = (
    Backend("numba", ("cpu",), (torch.float32,), _load_numba, "Install numba with: pip install numba."),
    Backend(
        "triton",
        ("cuda",),
        (torch.float32, *_HALVES),
        _load_triton,
        "It needs an NVIDIA GPU and Triton, which PyTorch for CUDA brings on Linux; on Windows: pip install "
        "triton-windows.",
    ),
    Backend(
        "mamba-ssm",
        ("cuda",),
        (torch.float32, *_HALVES),
        _load_mamba_ssm,
        "Install it with: pip install mamba-ssm (needs Linux, an NVIDIA GPU and its scan kernel selective_scan_cuda).",
    ),
    Backend("chunked", _ANY_DEVICE, (torch.float32, torch.float64), lambda: scan_chunked),
    Backend(_REFERENCE, _ANY_DEVICE, (torch.float32, torch.float64), lambda: scan_reference),
)


def _tiny_inputs(device: torch.device) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(device)

    length, channels, states = 9, 16, 16
    u, delta, z = (random(1, length, channels) for _ in range(3))
    B, C = (random(1, length, states) for _ in range(2))
    A = -torch.exp(random(channels, states))
    return u, delta, A, B, C, random(channels), z, random(channels)


@cache
def _trial(backend: Backend, device_type: str) -> str:
    """Run a tiny scan; return why the backend can't be used on the device, or an empty string."""
    # Foreign libraries fail in any way they like; whatever it is becomes the reason.
    try:
        inputs = _tiny_inputs(torch.device(device_type))
        with torch.no_grad():
            result, expected = backend.load()(*inputs), scan_reference(*inputs)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    if not torch.allclose(result, expected, rtol=1e-4, atol=1e-4):
        return "its result differs from the reference"
    return ""


def _is_present(device_type: str) -> bool:
    if device_type == "cpu":
        return True
    module = getattr(torch, device_type, None)
    return bool(module and module.is_available())


def available_backends() -> list[BackendReport]:
    """Try every backend with a tiny scan, on the first of its device kinds that is present; results are kept."""
    return [_report(backend) for backend in _BACKENDS]


def _report(backend: Backend) -> BackendReport:
    device_type = next((kind for kind in backend.device_types if _is_present(kind)), None)
    if device_type is None:
        reason = f"no {' or '.join(backend.device_types)} device is present"
    else:
        reason = _trial(backend, device_type)
    return BackendReport(backend.name, backend.device_types, not reason, reason)


def choose_backend(name: str, device: torch.device | str, dtype: torch.dtype = torch.float32) -> str:
    """Return the backend that ``name`` stands for on ``device``: itself, or for ``"auto"`` the fastest that works.

    Float64 is never computed in less, so ``"auto"`` may choose another backend for it than for float32.

    Raises
    ------
    ModelError
        When the named backend is unknown, not made for the device or type, or does not run here.
    """
    device_type = torch.device(device).type
    if name != AUTO:
        backend = backend_named(name)
        reason = _obstacle(backend, device_type, dtype)
        if reason:
            cause = f"The scan backend '{name}' can't be used: {reason}."
            raise ModelError(cause, f"{backend.advice} Choose 'auto' for the fastest one that works.".strip())
        return name
    return next((b.name for b in _BACKENDS if not _obstacle(b, device_type, dtype)), _REFERENCE)


def _obstacle(backend: Backend, device_type: str, dtype: torch.dtype) -> str:
    if device_type not in backend.device_types:
        return f"it does not run on the device '{device_type}'"
    if backend.compute_dtype(dtype) is None:
        return f"it does not compute in {dtype}"
    return _trial(backend, device_type)


def backend_named(name: str) -> Backend:
    """Return the backend called ``name``.

    Raises
    ------
    ModelError
        When there is none.
    """
    for backend in _BACKENDS:
        if backend.name == name:
            return backend
    cause = f"There is no scan backend named '{name}'."
    advice = f"Choose one of: {', '.join([AUTO, *(backend.name for backend in _BACKENDS)])}."
    raise ModelError(cause, advice)
