"""What the tests of the command line share: a console to read, a phantom to segment, a model that finds its liver."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import SimpleITK as sitk
from LightMSegmentationLib.cli.console import Console

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume


@dataclass(frozen=True)
class Phantom:
    """A synthetic scan, what is true about it, and the file that holds it."""

    hu: Volume
    labels: Volume
    path: Path


@pytest.fixture
def console() -> Console:
    """Return a console whose streams can be read with ``getvalue``."""
    return Console(io.StringIO(), io.StringIO())


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the card of a small model that finds the phantom's liver."""
    return str(write_tiny_model(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="session")
def blind_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the card of a small model that never finds a liver."""
    return str(write_tiny_model(tmp_path_factory.mktemp("blind"), blind=True))


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Phantom:
    """Return a phantom whose voxels are 6 mm long."""
    hu, labels = abdomen_phantom(seed=1, spacing=(6.0, 6.0, 6.0), tumor_diameters=(25.0, 50.0))
    path = tmp_path_factory.mktemp("phantom") / "scan.nii.gz"
    sitk.WriteImage(hu.to_image(), str(path))
    return Phantom(hu, labels, path)
