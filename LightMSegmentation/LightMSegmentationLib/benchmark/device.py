"""Calls that end when the device is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


def finished(call: Callable[[], object], device: torch.device) -> Callable[[], None]:
    """Return a call without gradients that waits for the device."""
    import torch

    def run() -> None:
        with torch.inference_mode():
            call()
        wait_for(device)

    return run


def wait_for(device: torch.device) -> None:
    """Wait until a GPU has done what it was given; a CPU always has."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)
