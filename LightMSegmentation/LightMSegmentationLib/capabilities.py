"""What really runs on this computer, as the engine found it by trying."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BackendStatus:
    """Whether a scan backend runs here, and why not or how."""

    name: str
    works: bool
    detail: str


@dataclass(frozen=True)
class Capabilities:
    """What really runs: device and its name, scan backend, all backends, CPU threads, torch version, remarks."""

    device: str
    device_name: str
    backend: str
    backends: tuple[BackendStatus, ...]
    threads: int
    torch_version: str
    notes: tuple[str, ...] = ()
