"""The Segment Editor's undo, also after its scene was closed."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from Testing.panel.harness.running_slicer import RunningSlicer, wait_until


def segmented(widget: Any) -> Any:
    """Segment a new volume and return its segmentation node."""
    array = np.full((8, 9, 10), -1000, np.int16)
    array[2:6, 2:7, 2:8] = 120
    sys.modules["slicer"].util.addVolumeFromArray(array)
    widget.ui.applyButton.click()
    assert wait_until(lambda: not widget.panel.isRunning)
    return widget.ui.outputSelector.currentNode()


def segment_count(node: Any) -> int:
    return node.GetSegmentation().GetNumberOfSegments()


def test_undo_empties_a_new_segmentation(running_slicer: RunningSlicer) -> None:
    node = segmented(running_slicer.open_module())
    assert segment_count(node) == 2

    running_slicer.application.editor.undo()

    assert segment_count(node) == 0


def test_undo_works_in_the_next_scene_too(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()
    segmented(widget)
    running_slicer.scene.Clear(0)

    node = segmented(widget)
    running_slicer.application.editor.undo()

    assert segment_count(node) == 0


def test_review_opens_the_editor_without_losing_the_undo_state(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()
    node = segmented(widget)

    widget.ui.reviewButton.click()
    running_slicer.application.editor.undo()

    assert running_slicer.application.shown_module == "SegmentEditor"
    assert segment_count(node) == 0


def test_review_comes_back_to_the_result_when_the_editor_was_used_on_something_else(
    running_slicer: RunningSlicer,
) -> None:
    widget = running_slicer.open_module()
    node = segmented(widget)
    other = running_slicer.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "other")
    running_slicer.application.editor.setSegmentationNode(other)

    widget.ui.reviewButton.click()

    assert running_slicer.application.editor.segmentationNode() == node


def test_without_a_main_window_review_says_why_not(start_slicer: Any) -> None:
    session = start_slicer(main_window=False)
    widget = session.open_module()
    segmented(widget)

    widget.ui.reviewButton.click()

    assert session.application.questions == ["The Segment Editor needs Slicer's main window."]
