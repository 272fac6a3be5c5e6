"""The upper part of the panel: segmenting, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets.vuetify3 import VAlert, VBtn, VProgressLinear, VSwitch

from LightMSegmentationLib.review.saving import SavedForm

if TYPE_CHECKING:
    from LightMSegmentationLib.review.logic import ReviewLogic


def build_run(logic: ReviewLogic) -> None:
    """Build the button that segments, and the progress in its place while it does."""
    run, case = logic.run.name, logic.case.name
    with html.Div(classes="lightm-section"):
        VBtn(
            "Segment liver/tumor",
            id="segment",
            v_if=(f"!{run.is_running}",),
            color="primary",
            variant=(f"{case.has_prediction} ? 'tonal' : 'flat'",),
            block=True,
            disabled=(f"!{case.is_open}",),
            click=logic.run.start,
        )
        with html.Div(v_else=True, id="progress"):
            with html.Div(classes="d-flex align-center ga-2"):
                VProgressLinear(model_value=(run.percent,), color="primary", height=8, rounded=True)
                VBtn(
                    "Cancel",
                    id="cancel",
                    size="small",
                    variant="tonal",
                    disabled=(run.is_cancelling,),
                    click=logic.run.cancel,
                )
            html.Div(f"{{{{ {run.text} }}}}", classes="text-caption mt-1", raw_attrs=['aria-live="polite"'])


def build_lesions(logic: ReviewLogic) -> None:
    """Build volumes and lesion table."""
    case, saving = logic.case.name, logic.keeping.name
    with html.Div(classes="lightm-section"):
        with VAlert(
            v_if=(saving.restored,), id="restored", density="compact", variant="tonal", type="info", classes="mb-2"
        ):
            html.Span(f"{{{{ {saving.restored} }}}}")
            VBtn("Discard", size="x-small", variant="text", click=logic.discard_restored, classes="ml-1", id="discard")
        with html.Div(classes="d-flex align-center justify-space-between"):
            html.H2("Findings", classes="lightm-heading")
            VBtn(
                "CSV",
                id="table-csv",
                size="x-small",
                variant="text",
                prepend_icon="mdi-download",
                click=f"window.lightm.save('{SavedForm.TABLE.value}')",
                raw_attrs=['aria-label="Download the table as CSV"'],
            )
        with html.Dl(classes="lightm-volumes", v_if=(case.liver,)):
            for title, value in (("Liver", case.liver), ("Tumor", case.tumor), ("Burden", case.burden)):
                with html.Div():
                    html.Dt(title)
                    html.Dd(f"{{{{ {value} }}}}", id=f"volume-{title.lower()}")
        html.P("Nothing segmented yet.", v_else=True, classes="text-caption mb-1")
        html.P("No tumor.", v_if=(f"{case.liver} && !{case.lesions}.length",), classes="text-caption mb-1")
        _build_table(logic)
        VSwitch(
            v_model=(case.prediction_shown,),
            id="compare",
            disabled=(f"!{case.has_prediction}",),
            label="Outlines of the untouched prediction",
            density="compact",
            color="primary",
            hide_details=True,
        )
        html.Div(
            "{{ note }}",
            v_for=f"note in {case.notes}",
            key="note",
            classes="text-caption lightm-note",
        )


def _build_table(logic: ReviewLogic) -> None:
    case = logic.case.name
    with html.Div(classes="lightm-table", v_if=(f"{case.lesions}.length",)), html.Table(id="lesions"):
        with html.Thead(), html.Tr():
            for title, unit in (("Lesion", ""), ("Volume", "mL"), ("Diameter", "mm"), ("Confidence", "")):
                with html.Th(raw_attrs=['scope="col"']):
                    html.Span(title)
                    if unit:
                        html.Span(f" {unit}", classes="lightm-unit")
        with (
            html.Tbody(),
            html.Tr(
                v_for=f"row in {case.lesions}",
                key="row.number",
                tabindex="0",
                classes=(f"{{ chosen: row.number === {case.selected}, doubtful: row.doubtful }}",),
                click=(logic.case.select, "[row.number]"),
                keydown_enter=(logic.case.select, "[row.number]"),
                raw_attrs=[':aria-label="`Show lesion ${row.number} in all views`"'],
            ),
        ):
            html.Td("{{ row.number }}")
            html.Td("{{ row.volume }}")
            html.Td("{{ row.diameter }}")
            html.Td("{{ row.confidence }}{{ row.doubtful ? ' low' : '' }}")
