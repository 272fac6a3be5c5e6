"""The case on the screen: opening it, its lesion table, and what follows the brush."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
from trame_server.utils.asynchronous import create_task
from trame_slicer.app.logic import BaseLogic
from trame_slicer.core import VolumeWindowLevel
from undo_stack import Signal

from LightMSegmentationLib.imaging.focus import focus_of
from LightMSegmentationLib.review.case import findings_of
from LightMSegmentationLib.review.case_scene import CaseScene
from LightMSegmentationLib.review.state import CaseState, LesionRow
from LightMSegmentationLib.review.surfaces import fields_of

if TYPE_CHECKING:
    from trame_server import Server
    from trame_slicer.core import SlicerApp

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.findings import Findings, Lesion
    from LightMSegmentationLib.review.case import Case

WINDOWS = (
    ("Abdomen", 350.0, 50.0),
    ("Liver", 150.0, 30.0),
    ("Liver with contrast", 180.0, 100.0),
    ("Lung", 1500.0, -600.0),
    ("Bone", 1800.0, 400.0),
)
"""Name, width and level in HU; the first is that of the preview pictures."""

_SECONDS_OF_REST = 0.6


class CaseLogic(BaseLogic[CaseState]):
    """Keeps scene and page together."""

    opened = Signal()
    touched = Signal()
    """Segments may have changed: voxels, names, colors, or what is visible."""

    def __init__(self, server: Server, slicer_app: SlicerApp) -> None:
        super().__init__(server, slicer_app, CaseState)
        self.desk = CaseScene(slicer_app)
        self.findings: Findings | None = None
        self._measured: Volume | None = None
        self._touches = 0
        self._measuring: asyncio.Task[None] | None = None
        self.bind_changes(
            {
                self.name.prediction_shown: self._on_prediction_shown,
                self.name.surfaces_shown: self._on_surfaces_shown,
                self.name.window_low: self._on_window,
                self.name.window_high: self._on_window,
            }
        )
        slicer_app.segmentation_editor.segmentation_modified.connect(self._on_touched)

    @property
    def case(self) -> Case | None:
        """The open case."""
        return self.desk.case

    async def open(self, case: Case) -> None:
        """Show a case in place of the last one."""
        self.data.is_loading, self.data.is_open = True, False
        self.state.flush()
        await asyncio.sleep(0)
        self.desk.open(case)
        self.data.name, self.data.notes = case.name, list(case.notes)
        self.data.selected, self.data.prediction_shown = 0, False
        self.apply_window(WINDOWS[0][0])
        self.opened()
        for view in self._slicer_app.view_manager.get_views():
            view.reset_view()
        await self._settled(is_new=True)
        self.data.is_loading, self.data.is_open = False, True
        self.state.flush()

    async def take_prediction(self, case: Case) -> None:
        """Show what was found in the open scan; edits of our segments are replaced."""
        self.desk.replace_segments(case)
        self.data.notes = list(case.notes)
        self.opened()
        await self._settled(is_new=True)

    async def follow_restored(self) -> None:
        """Bring table and surfaces up to date with segments that were restored."""
        await self._settled(is_new=True)

    def labels(self) -> Volume:
        """Return the segments as they are now."""
        return self.desk.labels()

    def select(self, number: int) -> None:
        """Let all views show a lesion."""
        row = next((row for row in self.data.lesions if row.number == number), None)
        if row is not None:
            self.data.selected = number
            r, a, s = row.position
            self.desk.jump_to((r, a, s))

    def select_next(self, step: int) -> None:
        """Go to the next lesion (1) or the one before (-1), around the end."""
        count = len(self.data.lesions)
        if count:
            self.select((self.data.selected - 1 + step) % count + 1 if self.data.selected else 1)

    def apply_window(self, name: str) -> None:
        """Show the scan in a named window."""
        width, level = next((width, level) for known, width, level in WINDOWS if known == name)
        self.data.window_low, self.data.window_high = level - width / 2, level + width / 2
        self.data.window = name
        self._on_window()

    def _on_window(self, *_: object) -> None:
        low, high = float(self.data.window_low), float(self.data.window_high)
        if self.desk.volume_node is not None and low < high:
            VolumeWindowLevel.set_volume_node_display_min_max_range(self.desk.volume_node, low, high)
        named = {(level - width / 2, level + width / 2): name for name, width, level in WINDOWS}
        self.data.window = named.get((low, high), "")

    def _on_prediction_shown(self, shown: bool) -> None:
        self.desk.show_prediction(shown=shown)

    def _on_surfaces_shown(self, shown: bool) -> None:
        self.desk.surfaces.set_visible(visible=shown)

    def _on_touched(self, *_: object) -> None:
        if self.desk.case is None or self.data.is_loading:
            return
        self._touches += 1
        self.touched()
        if self._measuring is None or self._measuring.done():
            self._measuring = create_task(self._measure_after_rest())

    async def _measure_after_rest(self) -> None:
        """Measure once nothing has changed for a moment, so that the brush never waits for it."""
        seen = -1
        while seen != self._touches:
            seen = self._touches
            await asyncio.sleep(_SECONDS_OF_REST)
        await self._settled(is_new=False)

    async def _settled(self, *, is_new: bool) -> None:
        """Bring table and surfaces up to date; ``is_new`` when the scan or its prediction changed."""
        case = self.desk.case
        if case is None:
            return
        labels = self.desk.labels()
        if not is_new and self._measured is not None and np.array_equal(labels.array, self._measured.array):
            return
        self._measured = labels
        findings, fields, is_edited, focus = await asyncio.to_thread(
            lambda: (
                findings_of(labels, case.prediction),
                fields_of(labels),
                not np.array_equal(labels.array, case.labels.array),
                focus_of(labels) if is_new else None,
            )
        )
        if case is not self.desk.case:  # another one was opened meanwhile
            return
        self._show(findings)
        self.data.is_edited = is_edited
        self.data.has_prediction = self.desk.has_prediction
        self.desk.surfaces.show(fields)
        self.desk.surfaces.set_visible(visible=self.data.surfaces_shown)
        if is_new:
            self._show_surfaces_whole()
        if focus is not None:
            self.desk.jump_to(focus)
        self.state.flush()

    def _show_surfaces_whole(self) -> None:
        for view in self._slicer_app.view_manager.get_threed_views():
            view.reset_view()

    def _show(self, findings: Findings) -> None:
        self.findings = findings
        self.data.liver = f"{findings.liver_volume_ml:,.0f} mL" if findings.liver_volume_ml else ""
        self.data.tumor = f"{findings.tumor_volume_ml:,.1f} mL" if findings.liver_volume_ml else ""
        self.data.burden = f"{findings.tumor_burden_percent:.1f} %" if findings.liver_volume_ml else ""
        self.data.lesions = [_row(lesion) for lesion in findings.lesions]
        if self.data.selected > len(findings.lesions):
            self.data.selected = 0


def _row(lesion: Lesion) -> LesionRow:
    sure = "" if lesion.confidence is None else f"{lesion.confidence:.0%}"
    return LesionRow(
        lesion.number,
        f"{lesion.volume_ml:.2f}" if lesion.volume_ml < 10 else f"{lesion.volume_ml:.1f}",
        f"{lesion.largest_axial_diameter_mm:.0f}",
        sure,
        lesion.low_confidence,
        [float(value) for value in lesion.center_ras],
    )
