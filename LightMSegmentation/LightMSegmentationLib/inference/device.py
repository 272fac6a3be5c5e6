"""Choosing the device that will really compute."""

from __future__ import annotations

import torch

from LightMSegmentationLib.errors import ModelError, UsageError

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> torch.device:
    """Return the device for ``auto``, ``cpu``, ``cuda`` or ``mps``.

    ``auto`` takes an NVIDIA (or ROCm) GPU when a kernel really runs on it, else the CPU; ``mps`` has to be asked for.

    Raises
    ------
    UsageError
        When there is no such device name.
    ModelError
        When the named device can't compute here.
    """
    if name not in DEVICES:
        cause = f"There is no device '{name}'."
        raise UsageError(cause, f"Choose one of {', '.join(DEVICES)}.")
    if name == "auto":
        return torch.device("cpu" if why_unusable("cuda") else "cuda")
    if reason := why_unusable(name):
        cause = f"The device '{name}' can't be used here: {reason}."
        raise ModelError(cause, "Choose --device cpu or --device auto.")
    return torch.device(name)


def why_unusable(name: str) -> str:
    """Return why a device can't compute here, or an empty text when a small computation on it succeeds.

    A driver that is too old, or a GPU that this build of torch has no kernels for, shows only when something runs.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[name]
    if not available:
        return f"torch {torch.__version__} finds no such device"
    try:
        probe = torch.ones(8, device=name)
        correct = float((probe + probe).sum()) == 2.0 * probe.numel()
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return "" if correct else "it computes wrong results"
