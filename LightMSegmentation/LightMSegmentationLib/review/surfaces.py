"""Surfaces for the 3D view, coarse enough to follow the brush: voxels of about 2 mm, smoothed a little.

Slicer's own surfaces of a liver in full resolution take seconds on two cores, and painting would wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.scene.matrix import to_vtk
from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.volume import Volume

_VOXEL_MM = {LIVER: 2.5, TUMOR: 1.5}
_ROLES = {LIVER: LIVER_ROLE, TUMOR: TUMOR_ROLE}
_OPACITY = {LIVER: 0.35, TUMOR: 1.0}
_BLUR_VOXELS = 0.8
_LEVEL = 0.4


class Surfaces:
    """One model node for the liver and one for the tumors, in the scene of an app."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._nodes: dict[int, Any] = {}

    def show(self, fields: dict[int, tuple[np.ndarray, np.ndarray]]) -> None:
        """Show what `fields_of` made."""
        for value, (field, index_to_ras) in fields.items():
            self._node(value).SetAndObserveMesh(_contour(field, index_to_ras))

    def set_visible(self, *, visible: bool) -> None:
        """Show or hide both."""
        for value in _ROLES:
            self._node(value).GetDisplayNode().SetVisibility(visible)

    def _node(self, value: int) -> Any:
        """Return the node for a label, in the scene also after it was cleared."""
        node = self._nodes.get(value)
        if node is None or node.GetScene() is None:
            node = self._scene.AddNewNodeByClass("vtkMRMLModelNode", f"{_ROLES[value].name} surface")
            node.CreateDefaultDisplayNodes()
            node.SetSelectable(False)
            display = node.GetDisplayNode()
            display.SetColor(_ROLES[value].color)
            display.SetOpacity(_OPACITY[value])
            display.SetVisibility2D(False)
            display.SetBackfaceCulling(True)
            self._nodes[value] = node
        return node


def fields_of(labels: Volume) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return smooth fields (float32; k, j, i) that cross the level of a surface, with their matrix from index to RAS.

    By label: liver with its tumors, and tumors. Needs no scene, so that a thread can make them.
    """
    return {
        LIVER: _field(labels.array >= LIVER, labels.grid, _VOXEL_MM[LIVER]),
        TUMOR: _field(labels.array == TUMOR, labels.grid, _VOXEL_MM[TUMOR]),
    }


def _field(mask: np.ndarray, grid: Grid, voxel_mm: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.ndimage import gaussian_filter

    box = Box.of_mask(mask)
    if box is None:
        return np.zeros((2, 2, 2), np.float32), grid.index_to_ras
    factors = [max(1, round(voxel_mm / spacing)) for spacing in reversed(grid.spacing)]
    means = _block_means(mask[box.slices], factors)
    field = gaussian_filter(np.pad(means, 2), _BLUR_VOXELS)
    # Voxel (0, 0, 0) of the padded blocks is two blocks before the first one, whose center is inside of the box.
    first = [start + (factor - 1) / 2 - 2 * factor for start, factor in zip(box.start, factors, strict=True)]
    to_fine = np.diag([*map(float, reversed(factors)), 1.0])
    to_fine[:3, 3] = first[::-1]
    return field, grid.index_to_ras @ to_fine


def _block_means(mask: np.ndarray, factors: list[int]) -> np.ndarray:
    """Return the share of true voxels in every block; the mask is filled up to whole blocks with false ones."""
    missing = [(0, -extent % factor) for extent, factor in zip(mask.shape, factors, strict=True)]
    whole = np.pad(mask, missing)
    shape = [part for extent, factor in zip(whole.shape, factors, strict=True) for part in (extent // factor, factor)]
    return whole.reshape(shape).mean(axis=(1, 3, 5), dtype=np.float32)


def _contour(field: np.ndarray, index_to_ras: np.ndarray) -> Any:
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(field.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(field).ravel(), deep=True))
    contour = vtk.vtkFlyingEdges3D()
    contour.SetInputData(image)
    contour.SetValue(0, _LEVEL)
    contour.ComputeNormalsOff()
    contour.ComputeScalarsOff()
    transform = vtk.vtkTransform()
    transform.SetMatrix(to_vtk(index_to_ras))
    placed = vtk.vtkTransformPolyDataFilter()
    placed.SetTransform(transform)
    placed.SetInputConnection(contour.GetOutputPort())
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(placed.GetOutputPort())
    normals.SplittingOff()
    normals.AutoOrientNormalsOn()
    normals.Update()
    return normals.GetOutput()
