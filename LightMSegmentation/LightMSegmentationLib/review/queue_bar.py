"""The bar of the review queue: where the reviewer stands, and what can be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets.vuetify3 import Template, VAppBar, VBtn, VIcon, VList, VListItem, VMenu, VSpacer, VTextField

if TYPE_CHECKING:
    from LightMSegmentationLib.review.logic import ReviewLogic


def build_queue_bar(logic: ReviewLogic) -> None:
    """Build the bar; it is there only while a batch is reviewed."""
    queue, case = logic.queue.name, logic.case.name
    busy = f"{case.is_loading} || {logic.run.name.is_running} || !{queue.current}"
    with VAppBar(v_if=(queue.is_shown,), density="compact", flat=True, border="b", classes="lightm-bar px-2"):
        _build_list(logic)
        VSpacer()
        VTextField(
            v_model=(queue.note,),
            id="note",
            placeholder="Note",
            density="compact",
            variant="outlined",
            hide_details=True,
            max_width=320,
            raw_attrs=['aria-label="Note about this case"', 'maxlength="2000"'],
        )
        for identifier, text, key, icon, color, click, condition in (
            ("accept", "Accept", "A", "mdi-check", "success", logic.queue.accept, f"{case.is_edited}"),
            ("correct", "Save correction", "C", "mdi-pencil", "primary", logic.queue.correct, f"!{case.is_edited}"),
            ("reject", "Reject", "R", "mdi-close", "error", logic.queue.reject, "false"),
            ("skip", "Later", "X", "mdi-arrow-right", None, logic.queue.go_on, "false"),
        ):
            with VBtn(
                id=identifier,
                prepend_icon=icon,
                color=color,
                variant="tonal",
                density="comfortable",
                classes="ml-2",
                disabled=(f"{busy} || {condition}",),
                click=click,
            ):
                html.Span(text)
                html.Kbd(key, classes="ml-2")


def _build_list(logic: ReviewLogic) -> None:
    queue = logic.queue.name
    with VMenu(v_model=(queue.is_list_shown,), location="bottom start", max_height=480):
        with Template(v_slot_activator="{ props }"):
            VBtn(
                f"{{{{ {queue.decided} }}}} of {{{{ {queue.total} }}}} reviewed",
                id="queue",
                v_bind="props",
                prepend_icon="mdi-format-list-checks",
                append_icon="mdi-menu-down",
                variant="text",
                density="comfortable",
            )
        with (
            VList(density="compact", nav=True, id="queue-list"),
            VListItem(
                v_for=f"row in {queue.rows}",
                key="row.name",
                title=("row.title",),
                subtitle=("(row.is_taken ? 'open in another browser, ' : '') + 'model unsure: ' + row.uncertainty",),
                active=(f"row.name === {queue.current}",),
                disabled=("row.is_taken",),
                click="trigger('lightm_open_queued', [row.name])",
            ),
            Template(v_slot_append=True),
        ):
            VIcon(
                "mdi-circle-medium",
                v_if=("row.decision",),
                color=("{ accepted: 'success', corrected: 'primary', rejected: 'error' }[row.decision]",),
            )
            html.Span("{{ row.decision }}", classes="text-caption")
