"""How the views are arranged."""

from __future__ import annotations

from trame_slicer.views import Layout, LayoutDirection, ViewLayoutDefinition


def layouts() -> dict[str, Layout]:
    """Return the arrangements that differ from trame-slicer's, by their names."""
    axial, coronal, sagittal = (
        ViewLayoutDefinition.axial_view(),
        ViewLayoutDefinition.coronal_view(),
        ViewLayoutDefinition.sagittal_view(),
    )
    threed = ViewLayoutDefinition.threed_view()
    beside = Layout(LayoutDirection.Vertical, [threed, coronal, sagittal])
    left = Layout(LayoutDirection.Vertical, [axial, coronal])
    right = Layout(LayoutDirection.Vertical, [threed, sagittal])
    return {
        "Axial Primary": Layout(LayoutDirection.Horizontal, [axial, beside], ["2", "1"]),
        "Quad View": Layout(LayoutDirection.Horizontal, [left, right]),
    }
