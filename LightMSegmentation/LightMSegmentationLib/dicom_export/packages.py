"""The packages that DICOM output and the DICOM node need besides those of every installation."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPORT_PACKAGES = ("highdicom", "contourpy")
NODE_PACKAGES = (*EXPORT_PACKAGES, "pynetdicom")


def require_packages(packages: Sequence[str], purpose: str) -> None:
    """Make sure that ``packages`` are installed, without importing them.

    Raises
    ------
    ModelError
        Naming those that are missing, and how to install them.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        cause = f"{purpose} needs Python packages that are not installed: {', '.join(missing)}."
        raise ModelError(cause, 'Install them with: pip install "lightm-segmentation[dicom]"')
