"""The bar on top: opening, saving, windows, layout, looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets.vuetify3 import (
    Template,
    VAppBar,
    VBtn,
    VIcon,
    VList,
    VListItem,
    VMenu,
    VSpacer,
    VTooltip,
)
from trame_slicer.app.ui import LayoutButton, MprInteractionButton

from LightMSegmentationLib.review.saving import SavedForm

if TYPE_CHECKING:
    from LightMSegmentationLib.review.logic import ReviewLogic

_FORMS = (
    (SavedForm.SEGMENTATION, "Segmentation for Slicer (.seg.nrrd)", "mdi-layers-outline"),
    (SavedForm.LABEL_MAP, "Label map (.nii.gz): 1 liver, 2 tumor", "mdi-grid"),
    (SavedForm.DICOM, "DICOM segmentation (.dcm)", "mdi-hospital-box-outline"),
    (SavedForm.TABLE, "Lesion table (.csv)", "mdi-table"),
)


def build_top_bar(logic: ReviewLogic) -> tuple[LayoutButton, MprInteractionButton]:
    """Build the bar and return the two buttons in it whose logic is trame-slicer's."""
    case = logic.case.name
    with VAppBar(density="compact", flat=True, border="b", classes="lightm-bar px-2"):
        html.Span("LightM review", classes="text-subtitle-1 font-weight-medium mr-4")
        _build_open(logic)
        _build_save(logic)
        html.Span(f"{{{{ {case.name} }}}}", id="case-name", classes="lightm-case text-body-2 mx-3", title=(case.name,))
        VSpacer()
        _build_windows(logic)
        layout_button = LayoutButton(disabled=(f"!{case.is_open}",), raw_attrs=['aria-label="Layouts"'])
        crossing_button = MprInteractionButton(
            disabled=(f"!{case.is_open}",), raw_attrs=['aria-label="Crossing slices"']
        )
        _build_look(logic)
    return layout_button, crossing_button


def _build_open(logic: ReviewLogic) -> None:
    is_busy = f"{logic.case.name.is_loading} || {logic.run.name.is_running} || {logic.queue.name.is_shown}"
    for identifier, text, icon, attributes in (
        ("open-file", "Open CT", "mdi-file-outline", ""),
        ("open-folder", "DICOM folder", "mdi-folder-outline", "webkitdirectory"),
    ):
        VBtn(
            text,
            id=identifier,
            prepend_icon=icon,
            variant="text",
            density="comfortable",
            disabled=(is_busy,),
            v_if=(f"!{logic.queue.name.is_shown}",),
            click=f"window.lightm.choose('{attributes}')",
        )


def _build_save(logic: ReviewLogic) -> None:
    with VMenu(location="bottom start"):
        with Template(v_slot_activator="{ props }"):
            VBtn(
                "Save",
                id="save",
                v_bind="props",
                prepend_icon="mdi-content-save-outline",
                append_icon="mdi-menu-down",
                variant="text",
                density="comfortable",
                disabled=(f"!{logic.case.name.is_open}",),
            )
        with VList(density="compact", nav=True):
            for form, title, icon in _FORMS:
                without = f"!!{logic.keeping.name.without_dicom}" if form is SavedForm.DICOM else "false"
                VListItem(
                    title=title,
                    subtitle=(f"{without} ? {logic.keeping.name.without_dicom} : undefined",),
                    prepend_icon=icon,
                    disabled=(without,),
                    id=f"save-{form.name.lower()}",
                    click=f"window.lightm.save('{form.value}')",
                )


def _build_windows(logic: ReviewLogic) -> None:
    case = logic.case.name
    with VMenu(location="bottom end", close_on_content_click=True):
        with Template(v_slot_activator="{ props }"):
            VBtn(
                f"{{{{ {case.window} || Math.round({case.window_low}) + ' to ' + Math.round({case.window_high}) "
                "+ ' HU' }}",
                id="window",
                v_bind="props",
                prepend_icon="mdi-contrast-box",
                append_icon="mdi-menu-down",
                variant="text",
                density="comfortable",
                disabled=(f"!{case.is_open}",),
                raw_attrs=['aria-label="Window and level"'],
            )
        with VList(density="compact", nav=True):
            for number, name in enumerate(logic.window_names, start=1):
                VListItem(
                    title=name,
                    subtitle=f"key {number}",
                    click=lambda name=name: logic.case.apply_window(name),
                    active=(f"{case.window} === '{name}'",),
                )


def _build_look(logic: ReviewLogic) -> None:
    look = logic.look.name
    for identifier, icon, text, click in (
        (
            "theme",
            (f"{look.theme} === 'dark' ? 'mdi-weather-sunny' : 'mdi-weather-night'",),
            "Light or dark",
            f"{look.theme} = {look.theme} === 'dark' ? 'light' : 'dark'; window.lightm.keepTheme({look.theme})",
        ),
        ("help", "mdi-keyboard-outline", "Keys", f"{look.is_help_shown} = true"),
    ):
        with VBtn(id=identifier, icon=True, size="small", click=click, raw_attrs=[f'aria-label="{text}"']):
            VIcon(icon=icon)
            VTooltip(text=text, activator="parent", location="bottom")
