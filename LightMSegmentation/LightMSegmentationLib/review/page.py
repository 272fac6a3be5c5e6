"""The page: a bar on top, the panel on the left as in Slicer, the views; built of trame-slicer's widgets and ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import client, html
from trame.widgets.vuetify3 import VAlert, VFooter, VMain, VNavigationDrawer, VProgressLinear, VSpacer
from trame_slicer.app.ui import FlexContainer

from LightMSegmentationLib.review.case_panel import build_lesions, build_run
from LightMSegmentationLib.review.dialogs import build_help, build_replace_question
from LightMSegmentationLib.review.editor_panel import EditorPanel
from LightMSegmentationLib.review.look import VUETIFY
from LightMSegmentationLib.review.queue_bar import build_queue_bar
from LightMSegmentationLib.review.top_bar import build_top_bar

if TYPE_CHECKING:
    from trame_server import Server
    from trame_slicer.app.ui import LayoutButton, MprInteractionButton

    from LightMSegmentationLib.review.logic import ReviewLogic

_PANEL_PIXELS = 344


class ReviewPage:
    """Builds the page; its parts from trame-slicer are attributes, for `ReviewLogic.set_ui`."""

    editor: EditorPanel
    layout_button: LayoutButton
    slice_crossing_button: MprInteractionButton

    def __init__(self, server: Server, logic: ReviewLogic) -> None:
        self._logic = logic
        with VAppLayout(server, vuetify_config=VUETIFY) as self.layout:
            self.layout.root.theme = (logic.look.name.theme,)
            self.layout.root.classes = "lightm"
            self.layout_button, self.slice_crossing_button = build_top_bar(logic)
            build_queue_bar(logic)
            self._build_panel()
            self._build_views()
            self._build_footer()
            build_help(logic)
            build_replace_question(logic)
            client.ClientTriggers(mounted="window.lightm && window.lightm.listen()")

    def _build_panel(self) -> None:
        with VNavigationDrawer(
            permanent=True,
            disable_resize_watcher=True,
            disable_route_watcher=True,
            width=_PANEL_PIXELS,
            classes="lightm-panel",
        ):
            build_run(self._logic)
            with html.Div(v_show=(self._logic.case.name.is_open,)):
                build_lesions(self._logic)
                self.editor = EditorPanel(self._logic)

    def _build_views(self) -> None:
        case, messages = self._logic.case.name, self._logic.messages.name
        with VMain(classes="lightm-views"):
            VProgressLinear(
                v_if=(case.is_loading,), indeterminate=True, color="primary", absolute=True, style="z-index: 5"
            )
            VAlert(
                v_if=(messages.shown,),
                id="message",
                text=(messages.text,),
                type=(messages.kind,),
                closable=True,
                density="compact",
                variant="elevated",
                classes="lightm-message",
                raw_attrs=[f'@click:close="{messages.shown} = false"', 'role="status"'],
            )
            with html.Div(v_if=(f"!{case.is_open} && !{case.is_loading}",), classes="lightm-empty"):
                html.P("Open a CT: choose a file or a DICOM folder above.", classes="text-h6")
                html.P("NIfTI, NRRD, MetaImage or DICOM. It goes to the server of this page and nowhere else.")
            content = FlexContainer(row=True, fill_height=True)
        with content:
            self._logic.layout_manager.initialize_layout_grid(self.layout)

    def _build_footer(self) -> None:
        saving = self._logic.keeping.name
        with VFooter(app=True, height=26, classes="lightm-footer text-caption"):
            html.Span(f"{{{{ {saving.kept} }}}}", id="kept")
            VSpacer()
            html.Span("Research software, not a medical device: a physician has to check every result.")
            VSpacer()
            html.Span("Slicer core by trame-slicer (Kitware)")
