"""Which packages the segmentation needs and which are installed, without importing any of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from LightMSegmentationLib.panel.worker_launch import OPTIONS_VARIABLE, isSlicerPython
from LightMSegmentationLib.resources import resource_path


@dataclass(frozen=True)
class PackageStatus:
    """A package, the versions that fit, and the one that is installed (None: not installed)."""

    name: str
    needed: str
    installed: str | None
    fits: bool

    @property
    def requirement(self) -> str:
        """The package and its versions as pip takes them."""
        return f"{self.name}{self.needed}"


def packageStatuses(requirements: Path | None = None) -> list[PackageStatus]:
    """Return the state of every package in ``Resources/requirements.txt``, in this Python."""
    path = requirements or resource_path("requirements.txt")
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [_status(line) for line in lines if line]


def missingPackages() -> list[PackageStatus]:
    """Return what has to be installed before a run can work.

    Only Slicer's own Python can be looked at from here; another one is asked when it runs. An engine that the tests
    name needs nothing.
    """
    if not isSlicerPython() or OPTIONS_VARIABLE in os.environ:
        return []
    return [status for status in packageStatuses() if not status.fits]


def _status(line: str) -> PackageStatus:
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    installed = _installedVersion(requirement.name)
    fits = installed is not None and requirement.specifier.contains(installed, prereleases=True)
    return PackageStatus(requirement.name, str(requirement.specifier), installed, fits)


def _installedVersion(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
