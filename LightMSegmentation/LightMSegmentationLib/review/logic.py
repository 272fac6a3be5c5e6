"""The logic of the page: trame-slicer's segmentation app, with a case, a worker, kept edits and a queue."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trame_server.utils.asynchronous import create_task
from trame_slicer.app.logic import BaseLogic, SegmentationAppLogic
from trame_slicer.rca_view import register_rca_factories
from trame_slicer.segmentation import SegmentationOpacityEnum, SegmentationOverwriteMode

from LightMSegmentationLib.review.case import read_case
from LightMSegmentationLib.review.case_logic import WINDOWS, CaseLogic
from LightMSegmentationLib.review.keeping_logic import KeepingLogic
from LightMSegmentationLib.review.layouts import layouts
from LightMSegmentationLib.review.messages import Messages
from LightMSegmentationLib.review.queue_logic import QueueLogic
from LightMSegmentationLib.review.review_queue import ReviewQueue
from LightMSegmentationLib.review.run_logic import RunLogic
from LightMSegmentationLib.review.saved_edits import forget_old_edits
from LightMSegmentationLib.review.saving import why_no_dicom
from LightMSegmentationLib.review.saving_logic import SavingLogic
from LightMSegmentationLib.review.shortcuts import Shortcuts
from LightMSegmentationLib.review.slice_frame import slice_frame, threed_frame
from LightMSegmentationLib.review.state import LookState
from LightMSegmentationLib.review.uploads import UploadFolder

if TYPE_CHECKING:
    from trame_server import Server
    from trame_slicer.core import SlicerApp

    from LightMSegmentationLib.review.case import Case
    from LightMSegmentationLib.review.page import ReviewPage
    from LightMSegmentationLib.review.session_settings import SessionSettings

_TITLE = "LightM review"


class ReviewLogic(SegmentationAppLogic):
    """Connects the parts; ``start`` once the server answers, ``close`` before it ends."""

    def __init__(self, server: Server, slicer_app: SlicerApp, settings: SessionSettings) -> None:
        # Asked before those that the base class registers: the same views, with another frame around them.
        register_rca_factories(slicer_app.view_manager, server, slice_frame, threed_frame)
        super().__init__(server, slicer_app)
        self.layout_manager.register_layout_dict(layouts(), lazy_initialization=True)
        self._make_views_light()
        self._settings = settings
        self.messages = Messages(server, slicer_app)
        self.case = CaseLogic(server, slicer_app)
        self.run = RunLogic(server, slicer_app, self.case, self.messages, settings.segmentation)
        self.keeping = KeepingLogic(server, slicer_app, self.case, Path(settings.autosaves))
        self.saving = SavingLogic(server, self.case, self.messages)
        self.queue = QueueLogic(server, slicer_app, self.case, self.keeping, self.messages, self.show)
        self.look: BaseLogic[LookState] = BaseLogic(server, slicer_app, LookState)
        self.shortcuts = Shortcuts(server, self)
        self.case.opened.connect(self._on_opened)
        self._segment_editor_logic.bind_changes({self.editor_state.segment_display: self._apply_display})
        self.case.bind_changes({self.case.name.prediction_shown: self._apply_display})
        server.controller.trigger("lightm_uploaded")(self.open_uploaded)
        server.state["trame__title"] = _TITLE
        server.state["trame__favicon"] = None
        self._endless: list[asyncio.Task[None]] = []

    def set_ui(self, page: ReviewPage) -> None:
        """Connect the parts of the page that come from trame-slicer."""
        self._segment_editor_logic.set_ui(page.editor)
        self._layout_button_logic.set_ui(page.layout_button)
        self._mpr_logic.set_ui(page.slice_crossing_button)

    @property
    def editor_state(self) -> Any:
        """Names of the segment editor's state, for the page."""
        return self._segment_editor_logic.name

    async def start(self) -> None:
        """Open what the session was started for, and keep edits from now on."""
        self._endless = [create_task(self.keeping.keep_on()), create_task(self.queue.renew())]
        folder = Path(self._settings.autosaves)
        await asyncio.to_thread(forget_old_edits, folder)
        with self.messages.explaining():
            if self._settings.queue is not None:
                source = Path(self._settings.source) if self._settings.source else None
                await self.queue.start(ReviewQueue(Path(self._settings.queue), source), self._settings.reviewer)
            elif self._settings.input is not None:
                await self._read_and_show(Path(self._settings.input))

    async def close(self) -> None:
        """Keep the last edits and end what runs beside."""
        for task in self._endless:
            task.cancel()
        await self.keeping.keep()
        self.keeping.release()
        self.queue.close()
        await asyncio.to_thread(self.run.close)

    async def on_page_came(self) -> None:
        """Hold on to the case of the queue."""
        self.queue.is_watched = True

    async def on_page_left(self) -> None:
        """Keep edits at once: the browser may not come back, and then its case is another's turn."""
        self.queue.is_watched = False
        with self.messages.explaining():
            await self.keeping.keep()

    async def open_uploaded(self) -> None:
        """Open what the browser has sent."""
        with self.messages.explaining():
            uploads = UploadFolder(Path(self._settings.uploads))
            scan = uploads.received()
            await self._read_and_show(scan, "DICOM scan" if scan.is_dir() else scan.name)

    async def show(self, case: Case) -> None:
        """Show a case with the edits that were kept of it."""
        self.run.cancel()
        case, is_ours = await self.keeping.take_over(case)
        await self.case.open(case)
        if self.keeping.restore():
            self._edit_segments()
            await self.case.follow_restored()
        self.keeping.data.without_dicom = why_no_dicom(case)
        if not is_ours:
            self.messages.say("This scan is open in another browser, too: edits here are not kept.", "warning")
        self.state.flush()

    async def discard_restored(self) -> None:
        """Go back to the untouched prediction."""
        if self.case.case is not None:
            self.keeping.forget()
            await self.case.open(self.case.case)

    @property
    def segmentation_editor(self) -> Any:
        """trame-slicer's segment editor."""
        return self._slicer_app.segmentation_editor

    @property
    def window_names(self) -> list[str]:
        """The windows in the order of their numbers."""
        return [name for name, _, _ in WINDOWS]

    def undo(self) -> None:
        """Take the last edit back."""
        self._undo_stack.undo()

    def redo(self) -> None:
        """Make the last undone edit again."""
        self._undo_stack.redo()

    def choose_window(self, number: int) -> None:
        """Show the scan in the window with this number, from 1."""
        if 1 <= number <= len(WINDOWS):
            self.case.apply_window(WINDOWS[number - 1][0])

    def move_slice(self, steps: int) -> None:
        """Move the axial view by slices."""
        view = self._slicer_app.view_manager.get_view("Red")
        if view is not None and self.case.case is not None:
            low, high = view.get_slice_range()
            view.set_slice_value(min(max(view.get_slice_value() + steps * view.get_slice_step(), low), high))

    @property
    def _undo_stack(self) -> Any:
        return self._slicer_app.segmentation_editor.undo_stack

    async def _read_and_show(self, path: Path, name: str = "") -> None:
        self.case.data.is_loading = True
        self.state.flush()
        try:
            series = self._settings.series if str(path) == self._settings.input else None
            await self.show(await asyncio.to_thread(read_case, path, series, name))
        finally:
            self.case.data.is_loading = False
            self.state.flush()

    def _make_views_light(self) -> None:
        """Draw without multisampling: with it the translucent liver is not drawn at all by software OpenGL."""
        for view in self._slicer_app.view_manager.get_views():
            view.render_window().SetMultiSamples(0)
            view.renderer().SetUseDepthPeeling(False)

    def _on_opened(self) -> None:
        """Let the editor work on the segments of the case; a prediction that was just made is kept."""
        self._edit_segments()
        create_task(self._begin_keeping())

    async def _begin_keeping(self) -> None:
        with self.messages.explaining():
            await self.keeping.begin()

    def _edit_segments(self) -> None:
        desk = self.case.desk
        editor = self._slicer_app.segmentation_editor
        editor.deactivate_effect()
        editor.set_active_segmentation(desk.segmentation_node, desk.volume_node)
        # The liver includes its tumors: painting one must not take voxels from the other.
        editor.set_overwrite_mode(SegmentationOverwriteMode.ALLOW_OVERLAP)
        self._apply_display()
        self._on_volume_changed()
        undo = editor.undo_stack
        if undo is not None:
            undo.clear()

    def _apply_display(self, *_: object) -> None:
        """Show segments as the page says, their outlines fully; beside those of the prediction they are fills only."""
        chosen = self._segment_editor_logic.data.segment_display
        display = self._slicer_app.segmentation_editor.active_segmentation_display
        if display is not None:
            compared = self.case.data.prediction_shown
            display.set_opacity_mode(SegmentationOpacityEnum.FILL if compared else chosen.opacity_mode)
            display.SetOpacity2DFill(chosen.opacity_2d.value)
            display.SetOpacity2DOutline(1.0)
            display.set_border_thickness(chosen.border_thickness.value)
