"""What is drawn around a view: its controls, and for slices where right, left, front and back are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from trame.widgets import html
from trame_slicer.app.ui import create_vertical_slice_view_gutter_ui, create_vertical_view_gutter_ui

from LightMSegmentationLib.scene.matrix import from_vtk

if TYPE_CHECKING:
    from trame_server import Server
    from trame_slicer.views import SliceView, ThreeDView

_LETTERS = ("RL", "AP", "SI")


def slice_frame(server: Server, view_id: str, view: SliceView) -> None:
    """Add slider, buttons and the letters of the directions to a slice view."""
    create_vertical_slice_view_gutter_ui(server, view_id, view)
    for side, letter in edge_letters(from_vtk(view.get_view_node().GetSliceToRAS())).items():
        html.Span(letter, classes=f"lightm-edge lightm-edge-{side}")


def threed_frame(server: Server, view_id: str, view: ThreeDView) -> None:
    """Add the buttons to a 3D view."""
    create_vertical_view_gutter_ui(server, view_id, view)


def edge_letters(slice_to_ras: np.ndarray) -> dict[str, str]:
    """Return R, L, A, P, S or I for each edge of a slice whose x runs to the right of the screen and y upwards."""
    x, y = slice_to_ras[:3, 0], slice_to_ras[:3, 1]
    return {"left": _letter(-x), "right": _letter(x), "top": _letter(y), "bottom": _letter(-y)}


def _letter(direction: np.ndarray) -> str:
    axis = int(np.argmax(np.abs(direction)))
    return _LETTERS[axis][0 if direction[axis] > 0 else 1]
