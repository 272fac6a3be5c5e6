"""A scene with real MRML from the package slicer-core, without the desktop application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: real MRML is tested where it is.")


@pytest.fixture
def scene() -> Iterator[slicer.vtkMRMLScene]:
    """Return an empty scene with the logic that converts between voxels and surfaces."""
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    yield scene
    scene.Clear(True)
