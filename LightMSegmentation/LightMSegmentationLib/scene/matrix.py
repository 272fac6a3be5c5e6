"""4x4 matrices between numpy and VTK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import vtk


def to_vtk(matrix: np.ndarray) -> vtk.vtkMatrix4x4:
    """Return a VTK matrix with the same elements."""
    import vtk

    copy = vtk.vtkMatrix4x4()
    copy.DeepCopy(np.asarray(matrix, float).ravel().tolist())
    return copy


def from_vtk(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    """Return a numpy array with the same elements."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
