"""Keys of the page: what each does, for the keyboard and for the list of them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from trame_slicer.segmentation import (
    SegmentationEffectErase,
    SegmentationEffectNoTool,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from trame_server import Server

    from LightMSegmentationLib.review.logic import ReviewLogic


@dataclass(frozen=True)
class Shortcut:
    """A key as the browser calls it (with ``ctrl+`` before it where that is held), and what it does."""

    key: str
    text: str
    action: Callable[[], object]

    @property
    def shown_key(self) -> str:
        """The key as people read it."""
        return {"PageUp": "Page up", "PageDown": "Page down", "Escape": "Esc"}.get(
            self.key, self.key.replace("ctrl+", "Ctrl ").title()
        )


class Shortcuts:
    """Answers the page's trigger ``lightm_key``, whose argument is a key."""

    def __init__(self, server: Server, logic: ReviewLogic) -> None:
        self.general = _general(logic)
        self.of_windows = _of_windows(logic)
        self.of_queue = _of_queue(logic)
        self._logic = logic
        self._actions = {shortcut.key: shortcut.action for shortcut in (*self.general, *self.of_windows)}
        self._queue_actions = {shortcut.key: shortcut.action for shortcut in self.of_queue}
        server.controller.trigger("lightm_key")(self.press)

    async def press(self, key: str) -> None:
        """Do what a key is for; an unknown one does nothing."""
        action = self._actions.get(key)
        if action is None and self._logic.queue.data.is_shown:
            action = self._queue_actions.get(key)
        result = action() if action is not None else None
        if inspect.isawaitable(result):
            await result


def _general(logic: ReviewLogic) -> list[Shortcut]:
    case = logic.case.data
    look = logic.look.data
    editor = logic.segmentation_editor

    def toggle_prediction() -> None:
        case.prediction_shown = case.has_prediction and not case.prediction_shown

    def toggle_help() -> None:
        look.is_help_shown = not look.is_help_shown

    return [
        Shortcut("PageUp", "Next axial slice towards the head", lambda: logic.move_slice(1)),
        Shortcut("PageDown", "Next axial slice towards the feet", lambda: logic.move_slice(-1)),
        Shortcut("n", "Next lesion", lambda: logic.case.select_next(1)),
        Shortcut("m", "Previous lesion", lambda: logic.case.select_next(-1)),
        Shortcut("p", "Compare with the untouched prediction", toggle_prediction),
        Shortcut("b", "Brush", lambda: editor.set_active_effect_type(SegmentationEffectPaint)),
        Shortcut("e", "Eraser", lambda: editor.set_active_effect_type(SegmentationEffectErase)),
        Shortcut("s", "Scissors", lambda: editor.set_active_effect_type(SegmentationEffectScissors)),
        Shortcut("Escape", "No tool", lambda: editor.set_active_effect_type(SegmentationEffectNoTool)),
        Shortcut("ctrl+z", "Undo", logic.undo),
        Shortcut("ctrl+y", "Redo", logic.redo),
        Shortcut("?", "This list", toggle_help),
    ]


def _of_windows(logic: ReviewLogic) -> list[Shortcut]:
    return [
        Shortcut(str(number), name, partial(logic.choose_window, number))
        for number, name in enumerate(logic.window_names, start=1)
    ]


def _of_queue(logic: ReviewLogic) -> list[Shortcut]:
    queue = logic.queue
    return [
        Shortcut("a", "Accept the prediction", queue.accept),
        Shortcut("c", "Save the correction", queue.correct),
        Shortcut("r", "Reject, with a note", queue.reject),
        Shortcut("x", "Leave the case for later", queue.go_on),
    ]
