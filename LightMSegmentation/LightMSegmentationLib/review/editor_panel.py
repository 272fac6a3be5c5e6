"""The segment editor in the panel: trame-slicer's, arranged for a narrow column, with a name on every button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trame.widgets import html
from trame.widgets.vuetify3 import (
    VBtn,
    VBtnToggle,
    VExpansionPanel,
    VExpansionPanels,
    VExpansionPanelText,
    VSlider,
    VSwitch,
)
from trame_server.utils.typed_state import TypedState
from trame_slicer.app.ui import (
    ControlButton,
    DrawEffectUI,
    FlexContainer,
    IslandsEffectUI,
    LogicalOperatorsEffectUI,
    PaintEffectState,
    PaintEffectUI,
    ScissorsEffectUI,
    SegmentEditAreaUI,
    SegmentEditorUI,
    Slider,
    SliderState,
    SmoothingEffectUI,
    Text,
    ThresholdEffectUI,
)
from trame_slicer.segmentation import (
    BrushDiameterMode,
    SegmentationEffectDraw,
    SegmentationEffectErase,
    SegmentationEffectIslands,
    SegmentationEffectLogicalOperators,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
    SegmentationEffectSmoothing,
    SegmentationEffectThreshold,
    SegmentationOpacityEnum,
)

if TYPE_CHECKING:
    from LightMSegmentationLib.review.logic import ReviewLogic

_PANELS = (
    (SegmentationEffectPaint, PaintEffectUI),
    (SegmentationEffectErase, PaintEffectUI),
    (SegmentationEffectScissors, ScissorsEffectUI),
    (SegmentationEffectDraw, DrawEffectUI),
    (SegmentationEffectThreshold, ThresholdEffectUI),
    (SegmentationEffectIslands, IslandsEffectUI),
    (SegmentationEffectSmoothing, SmoothingEffectUI),
    (SegmentationEffectLogicalOperators, LogicalOperatorsEffectUI),
)
_OPACITY = 0.3


class EditorPanel(SegmentEditorUI):
    """Segments, tools with their options, undo, and how segments are shown."""

    def __init__(self, logic: ReviewLogic) -> None:
        self._logic = logic
        super().__init__(classes="lightm-editor")

    def _build_ui(self) -> None:
        self._set_defaults()
        with self:
            self.edit_ui._build_color_dialog()  # trame-slicer gives no other way to build it elsewhere
            with html.Div(classes="lightm-section"):
                self._build_segments()
            with html.Div(classes="lightm-section"):
                self._build_tools()
            self._build_more()
        name_buttons(self)

    def _set_defaults(self) -> None:
        """Brushes in mm, since lesions are; segments light enough to see the scan through them."""
        brush = TypedState(self.state, PaintEffectState)
        brush.data.brush_diameter_mode = BrushDiameterMode.Absolute
        display = self._typed_state.data.segment_display
        TypedState.from_dataclass(display.opacity_2d, SliderState(min_value=0, max_value=1, step=0.05, value=_OPACITY))
        TypedState.from_dataclass(display.border_thickness, SliderState(min_value=1, max_value=5, step=1, value=2))
        display.opacity_mode = SegmentationOpacityEnum.BOTH

    def _build_segments(self) -> None:
        with html.Div(classes="d-flex align-center justify-space-between"):
            html.H2("Segments", classes="lightm-heading")
            VBtn(
                icon="mdi-plus",
                size="x-small",
                variant="text",
                click=self.add_segment_clicked,
                raw_attrs=['aria-label="Add a segment"'],
            )
        with html.Div(classes="lightm-segments"):
            self._create_segment_list()

    def _build_tools(self) -> None:
        html.H2("Tools", classes="lightm-heading")
        with html.Div(classes="lightm-tools"):
            self.build_effect_buttons()
            self.build_undo_redo_buttons()
        with html.Div(classes="lightm-options"):
            for effect, panel in _PANELS:
                self._register_effect_ui(effect, panel)

    def build_undo_redo_buttons(self) -> None:
        """Build both buttons, named for those who can't see their icons."""
        for name, icon, click, possible in (
            ("Undo", "mdi-undo", self.undo_clicked, self._typed_state.name.can_undo),
            ("Redo", "mdi-redo", self.redo_clicked, self._typed_state.name.can_redo),
        ):
            ControlButton(
                name=name,
                icon=icon,
                click=click,
                disabled=(f"!{possible}",),
                id=name.lower(),
                raw_attrs=[f'aria-label="{name}"'],
            )

    def _create_effect_button(self, name: str, icon: str, effect_type: type, **kwargs: Any) -> None:
        identifier = f"tool-{name.lower().replace(' ', '-')}"
        super()._create_effect_button(
            name, icon, effect_type, id=identifier, raw_attrs=[f'aria-label="{name}"'], **kwargs
        )

    def _build_more(self) -> None:
        with VExpansionPanels(variant="accordion", multiple=True, flat=True, classes="lightm-more"):
            with VExpansionPanel(title="Display"), VExpansionPanelText():
                self._build_display()
            with VExpansionPanel(title="Where tools may draw"), VExpansionPanelText():
                area = self.sub_state(self._typed_state.name.segment_edit_area)
                area.data.is_extended = True
                SegmentEditAreaUI(segment_edit_area_typed_state=area, variant="flat")

    def _build_display(self) -> None:
        case = self._logic.case.name
        display = self.sub_state(self._typed_state.name.segment_display)
        Text("Opacity of segments", subtitle=True)
        Slider(
            typed_state=display.get_sub_state(display.name.opacity_2d),
            density="compact",
            raw_attrs=['aria-label="Opacity of segments"'],
        )
        Text("Outline", subtitle=True)
        Slider(
            typed_state=display.get_sub_state(display.name.border_thickness),
            density="compact",
            raw_attrs=['aria-label="Thickness of outlines"'],
        )
        with VBtnToggle(
            v_model=(display.name.opacity_mode,), mandatory=True, density="compact", divided=True, classes="my-1"
        ):
            for title, mode in (
                ("Filled", SegmentationOpacityEnum.FILL),
                ("Outlined", SegmentationOpacityEnum.OUTLINE),
                ("Both", SegmentationOpacityEnum.BOTH),
            ):
                VBtn(title, value=(display.encode(mode),), size="small")
        with FlexContainer():
            VSwitch(
                v_model=(case.surfaces_shown,),
                label="Surfaces in the 3D view",
                density="compact",
                color="primary",
                hide_details=True,
            )
            Text("Window, HU", subtitle=True)
            for title, bound in (("from", case.window_low), ("to", case.window_high)):
                VSlider(
                    v_model=(bound,),
                    min=-1000,
                    max=1500,
                    step=5,
                    density="compact",
                    hide_details=True,
                    thumb_label=True,
                    raw_attrs=[f'aria-label="Window {title}, HU"'],
                )


def name_buttons(element: Any) -> None:
    """Name every icon button of trame-slicer inside ``element`` for screen readers: by the text of its tooltip."""
    for child in element.children:
        if isinstance(child, ControlButton) and not any("aria-label" in text for text in child._attributes.values()):
            child._attributes["_raw_name"] = f'aria-label="{_last_text(child)}"'
        if hasattr(child, "children"):
            name_buttons(child)


def _last_text(element: Any) -> str:
    """Return the text at the end of an element: that of the tooltip, in a button."""
    last = element.children[-1]
    return last if isinstance(last, str) else _last_text(last)
