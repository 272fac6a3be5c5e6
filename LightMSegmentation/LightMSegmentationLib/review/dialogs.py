"""The two dialogs: the list of keys, and the question before edits are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets.vuetify3 import VBtn, VCard, VCardActions, VCardText, VCardTitle, VDialog

if TYPE_CHECKING:
    from LightMSegmentationLib.review.logic import ReviewLogic
    from LightMSegmentationLib.review.shortcuts import Shortcut


def build_help(logic: ReviewLogic) -> None:
    """Build the list of keys."""
    look = logic.look.name
    with VDialog(v_model=(look.is_help_shown,), max_width=720), VCard(id="keys"):
        VCardTitle("Keys")
        with VCardText(classes="lightm-keys text-body-2"):
            _build_keys("Review", logic.shortcuts.general)
            with html.Div():
                _build_keys("Windows", logic.shortcuts.of_windows)
                html.Div(classes="mt-4")
                _build_keys("Queue", logic.shortcuts.of_queue)
                html.H3("Mouse", classes="lightm-heading mt-4")
                html.P("Wheel: slices. Right button: zoom. Middle button: move. Shift and wheel: size of the brush.")
        with VCardActions(classes="justify-end"):
            VBtn("Close", click=f"{look.is_help_shown} = false", variant="tonal")


def _build_keys(title: str, shortcuts: list[Shortcut]) -> None:
    with html.Div():
        html.H3(title, classes="lightm-heading")
        with html.Dl():
            for shortcut in shortcuts:
                with html.Div():
                    with html.Dt():
                        html.Kbd(shortcut.shown_key)
                    html.Dd(shortcut.text)


def build_replace_question(logic: ReviewLogic) -> None:
    """Build the question before a segmentation replaces edits."""
    run = logic.run.name
    with VDialog(v_model=(run.asks_to_replace,), max_width=440), VCard(id="replace"):
        VCardTitle("Replace your edits?")
        VCardText("Liver and liver tumor were edited. Segmenting again replaces them; other segments stay.")
        with VCardActions(classes="justify-end"):
            VBtn("Keep my edits", click=f"{run.asks_to_replace} = false", variant="text")
            VBtn("Replace", id="replace-anyway", click=logic.run.start_anyway, color="primary", variant="tonal")
