"""The license of the built-in weights is shown, and accepted once by pressing the button."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from Testing.panel.conftest import StartSlicer
from Testing.panel.harness.running_slicer import RunningSlicer, wait_until


@pytest.fixture
def session(start_slicer: StartSlicer) -> RunningSlicer:
    """Return Slicer as a user starts it: not in testing mode."""
    return start_slicer(testing=False)


def segment(widget: Any) -> None:
    sys.modules["slicer"].util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16))
    widget.ui.applyButton.click()
    assert wait_until(lambda: not widget.panel.isRunning)


def test_the_notice_is_there_until_the_button_was_pressed(session: RunningSlicer) -> None:
    widget = session.open_module()
    assert not widget.ui.licenseFrame.isHidden()

    segment(widget)

    assert widget.ui.licenseFrame.isHidden()
    assert session.application.questions == []


def test_the_license_can_be_read_before(session: RunningSlicer) -> None:
    widget = session.open_module()

    widget.ui.licenseShowButton.click()

    assert "icen" in widget.ui.licenseTextEdit.toPlainText()
    assert not widget.ui.licenseTextEdit.isHidden()
    widget.ui.licenseShowButton.click()
    assert widget.ui.licenseTextEdit.isHidden()


def test_the_next_session_does_not_ask_again(start_slicer: StartSlicer) -> None:
    segment(start_slicer(testing=False).open_module())

    again = start_slicer(testing=False)

    assert again.open_module().ui.licenseFrame.isHidden()


def test_tests_accept_it_by_themselves(running_slicer: RunningSlicer) -> None:
    assert running_slicer.open_module().ui.licenseFrame.isHidden()
