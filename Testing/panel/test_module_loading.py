"""The module in an application that has just started."""

from __future__ import annotations

import inspect

from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.panel.harness.running_slicer import RunningSlicer


def test_the_panel_opens_and_asks_for_a_volume(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()

    assert not widget.ui.applyButton.enabled
    assert "Choose a CT volume first." in widget.ui.applyButton.toolTip


def test_tooltips_become_rich_text_as_in_slicer(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()

    assert widget.ui.applyButton.toolTip == "<p>Choose a CT volume first.</p>"


def test_a_script_segments_as_finely_as_panel_and_command_line_unless_told_otherwise(
    running_slicer: RunningSlicer,
) -> None:
    widget = running_slicer.open_module()
    of_a_script = inspect.signature(widget.logic.segment).parameters["mode"].default

    assert of_a_script == SegmentationSettings().mode.value
    assert of_a_script == widget.logic.getParameterNode().quality.value
