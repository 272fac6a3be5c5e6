"""A look at this machine and this installation."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.available_memory import available_memory
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL
from LightMSegmentationLib.model_manager.check import check_installed_models
from LightMSegmentationLib.versions import OPTIONAL, package_version, versions

if TYPE_CHECKING:
    from LightMSegmentationLib.model_manager.check import ModelCheck


@dataclass(frozen=True)
class Capability:
    """A device or backend, and why it can't be used here, empty when it can."""

    name: str
    reason: str


@dataclass(frozen=True)
class OptionalPackage:
    """A package that only some commands need, its version (None: not installed), and what it is for."""

    name: str
    version: str | None
    purpose: str


@dataclass(frozen=True)
class Diagnosis:
    """What was found; sizes in bytes. ``problems`` are sentences, and empty when segmenting works here."""

    versions: dict[str, str | None]
    optional: tuple[OptionalPackage, ...]
    devices: tuple[Capability, ...]
    backends: tuple[Capability, ...]
    memory_total: int
    memory_available: int
    disk_free: int
    models: tuple[ModelCheck, ...]
    problems: tuple[str, ...]

    @property
    def document(self) -> dict[str, object]:
        """The diagnosis as plain types for JSON."""
        return {
            "can_segment": not self.problems,
            "problems": list(self.problems),
            "versions": self.versions,
            "optional": [asdict(package) for package in self.optional],
            "devices": [_document(device) for device in self.devices],
            "backends": [_document(backend) for backend in self.backends],
            "memory": {"total_bytes": self.memory_total, "available_bytes": self.memory_available},
            "disk": {"folder": str(Path.cwd()), "free_bytes": self.disk_free},
            "models": [model.document for model in self.models],
        }


def diagnose() -> Diagnosis:
    """Try what a segmentation needs; nothing is written."""
    import psutil

    devices, backends, problems = _what_computes()
    models = tuple(check_installed_models())
    return Diagnosis(
        versions(),
        tuple(OptionalPackage(name, package_version(name), purpose) for name, purpose in OPTIONAL.items()),
        devices,
        backends,
        psutil.virtual_memory().total,
        int(available_memory()),
        shutil.disk_usage(Path.cwd()).free,
        models,
        (*problems, *_model_problems(models)),
    )


def _what_computes() -> tuple[tuple[Capability, ...], tuple[Capability, ...], tuple[str, ...]]:
    """Return devices, backends, and why neither could be tried."""
    try:
        from LightMSegmentationLib.inference.device import DEVICES, why_unusable
        from LightMSegmentationLib.network.selective_scan import available_backends
    except ImportError as error:
        return (), (), (f"A package that computes can't be loaded ({error}); install lightm again.",)
    devices = tuple(Capability(name, why_unusable(name)) for name in DEVICES if name != "auto")
    backends = tuple(Capability(report.name, report.reason) for report in available_backends())
    return devices, backends, ()


def _model_problems(models: tuple[ModelCheck, ...]) -> tuple[str, ...]:
    built_in = next((model for model in models if model.name == BUILT_IN_MODEL), None)
    if built_in is None:
        return (f"The model '{BUILT_IN_MODEL}' is not installed; install lightm again.",)
    return (built_in.problem,) if built_in.problem else ()


def _document(capability: Capability) -> dict[str, object]:
    return {"name": capability.name, "works": not capability.reason, "reason": capability.reason or None}
