"""Which versions of what are installed, without importing any of it."""

from __future__ import annotations

import platform
from importlib import metadata

from LightMSegmentationLib import __version__

_DISTRIBUTIONS = ("torch", "numpy", "SimpleITK", "scipy", "numba", "safetensors", "pydicom", "slicer-core", "mamba-ssm")

OPTIONAL = {
    "highdicom": "DICOM segmentations and measurement reports",
    "contourpy": "DICOM structure sets",
    "pynetdicom": "lightm listen",
    "matplotlib": "learning curves of a training, drawings of lightm report",
    "jinja2": "lightm report",
    "distributed": "lightm batch --scheduler",
}
"""Distributions that a command can do without, and what they are for."""


def package_version(distribution: str) -> str | None:
    """Return the installed version of a distribution, None without it."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """Return the versions of this package, Python, the platform and what computes (None: not installed)."""
    found: dict[str, str | None] = {
        "lightm": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    return found | {name: package_version(name) for name in _DISTRIBUTIONS}
