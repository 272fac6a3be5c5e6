"""A scene with real MRML from the package slicer-core, without the desktop application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: real MRML is tested where it is.")

from LightMSegmentationLib.scene.segments import write_segments  # noqa: E402 -- needs slicer

from Testing.scene.drawn_segments import SPLEEN, draw  # noqa: E402
from Testing.scene.small_scans import TODAY, small_labels, small_scan  # noqa: E402


@pytest.fixture
def scene() -> Iterator[slicer.vtkMRMLScene]:
    """Return an empty scene with the logic that converts between voxels and surfaces."""
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    yield scene
    scene.Clear(True)


@pytest.fixture
def scan(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode:
    return small_scan(scene)


@pytest.fixture
def written(scan: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLSegmentationNode:
    return write_segments(None, scan, small_labels(), TODAY)


@pytest.fixture
def with_spleen(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLSegmentationNode:
    """Return a segmentation of the user's own, with one segment and without a reference volume."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    node.CreateDefaultDisplayNodes()
    draw(node, "spleen", SPLEEN)
    return node
