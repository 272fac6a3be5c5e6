"""The stand-in's Qt objects behave like PythonQt's; each test names its row of ``slicer_api/README.md``."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from PySide6 import QtWidgets

from Testing.panel.harness.modules_of_qt import FlatQtModule
from Testing.panel.harness.names import NamesOfSlicer

_WIDGET = {"className", "connect", "disconnect", "enabled", "isEnabled", "parent", "layout", "setLayout", "inherits",
           "sizePolicy", "visible", "objectName"}  # fmt: skip
_NAMES = {
    "qt": {"Qt", "QPushButton", "QWidget", "QSpinBox", "QCheckBox", "QLabel", "QTimer", "QMessageBox", "QVBoxLayout",
           "QProcess", "QTableWidget", "QTableWidgetItem", "QByteArray"},
    "QPushButton": _WIDGET | {"text", "setText", "clicked", "click", "notThere"},
    "QWidget": _WIDGET | {"children"},
    "QSpinBox": _WIDGET | {"value", "setValue"},
    "QCheckBox": _WIDGET | {"checked", "checkState", "isChecked", "toggled"},
    "QMessageBox": _WIDGET | {"Ok", "Cancel"},
    "Qt": {"AlignRight", "AlignVCenter", "Checked"},
    "QTimer": {"singleShot"},
    "QTableWidgetItem": {"setTextAlignment", "text"},
    "QProcess": {"NotRunning", "state"},
    "QByteArray": {"data"},
    "QVBoxLayout": _WIDGET,
}  # fmt: skip


@pytest.fixture
def qt() -> Any:
    """Return the flat ``qt`` module with a few names."""
    return FlatQtModule("qt", NamesOfSlicer(_NAMES))


@pytest.fixture
def button(qt: Any) -> Any:
    return qt.QPushButton("go")


def test_properties_are_values(qt: Any, button: Any) -> None:
    """Row "properties"."""
    spin = qt.QSpinBox()
    spin.value = 7

    assert (button.text, spin.value) == ("go", 7)
    with pytest.raises(TypeError):
        button.text()


def test_assignment_acts_on_the_widget(qt: Any, button: Any) -> None:
    """Row "assignment"."""
    box = qt.QCheckBox()
    button.enabled = False
    box.checked = True

    assert not button.isEnabled()
    assert box.isChecked()


def test_getters_and_setters_work_too(button: Any) -> None:
    """Row "both styles"."""
    button.setText("stop")

    assert button.text == "stop"
    assert button.isEnabled()


def test_what_is_no_property_stays_a_method(qt: Any) -> None:
    """Row "still methods"."""
    widget = qt.QWidget()
    layout = qt.QVBoxLayout()
    widget.setLayout(layout)

    assert widget.layout() == layout
    assert widget.parent() is None
    assert qt.QCheckBox().checkState() == 0


def test_unknown_attributes_are_refused(button: Any) -> None:
    """Row "unknown attribute"; also a name that PySide6 has and Slicer does not list."""
    with pytest.raises(AttributeError):
        button.notThere = 1
    with pytest.raises(AttributeError):
        button.setWindowIconText("x")


def test_connect_by_signature_and_by_attribute(button: Any) -> None:
    """Row "connect"."""
    heard: list[str] = []

    assert button.connect("clicked(bool)", lambda: heard.append("signature"))
    button.clicked.connect(lambda: heard.append("attribute"))
    button.click()

    assert heard == ["signature", "attribute"]


def test_a_wrong_signature_returns_false(button: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Row "connect", second half."""
    assert button.connect("clicked(int)", print) is False
    assert "No such signal" in capsys.readouterr().err


def test_slots_get_the_arguments_of_the_signature(button: Any) -> None:
    """Row "slot arguments"."""
    heard: list[tuple[Any, ...]] = []
    button.connect("clicked()", lambda *a: heard.append(("none", *a)))
    button.connect("clicked(bool)", lambda *a: heard.append(("one", *a)))
    button.clicked.connect(lambda *a: heard.append(("attribute", *a)))

    button.click()

    assert heard == [("none",), ("one", False), ("attribute", False)]


def test_a_connection_can_be_taken_back(button: Any) -> None:
    """Row "connect": the same signature and slot."""
    heard: list[int] = []

    def slot() -> None:
        heard.append(1)

    button.connect("clicked()", slot)
    assert button.disconnect("clicked()", slot)
    button.click()

    assert heard == []


def test_enums_are_unscoped_ints(qt: Any) -> None:
    """Row "enums"."""
    assert qt.QMessageBox.Ok | qt.QMessageBox.Cancel == 0x400 | 0x400000
    assert qt.QProcess().state() == qt.QProcess.NotRunning
    assert isinstance(qt.Qt.AlignRight, int)


def test_combined_flags_can_be_handed_over(qt: Any) -> None:
    """Row "enums": the result of ``|`` is an argument, too."""
    item = qt.QTableWidgetItem("1")
    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)

    assert item.text() == "1"


def test_base_classes_do_not_match(qt: Any, button: Any) -> None:
    """Row "isinstance"."""
    assert isinstance(button, qt.QPushButton)
    assert not isinstance(button, qt.QWidget)
    assert button.inherits("QWidget")


def test_there_is_a_class_name(button: Any) -> None:
    """Row "extra members"."""
    assert button.className() == "QPushButton"


def test_keyword_arguments_are_refused(qt: Any, button: Any) -> None:
    """Row "keyword arguments"."""
    with pytest.raises(ValueError, match="keyword"):
        qt.QPushButton(text="go")
    with pytest.raises(ValueError, match="keyword"):
        button.setText(text="go")


def test_sequences_come_back_as_tuples(qt: Any) -> None:
    """Row "sequences"."""
    assert qt.QWidget().children() == ()


def test_timers_call_back_once(qt: Any) -> None:
    """Row "timers"."""
    heard: list[int] = []
    qt.QTimer.singleShot(0, lambda: heard.append(1))

    QtWidgets.QApplication.processEvents()
    QtWidgets.QApplication.processEvents()

    assert heard == [1]


def test_the_namespace_is_flat_and_holds_only_what_slicer_has(qt: Any) -> None:
    """Row "namespace"."""
    with pytest.raises(AttributeError):
        _ = qt.QtWidgets
    with pytest.raises(AttributeError):
        _ = qt.QAbstractItemModelTester


def test_byte_arrays_give_bytes(qt: Any) -> None:
    """What ``readAllStandardOutput()`` returns is a ``QByteArray``."""
    assert qt.QByteArray(b"a\n").data() == b"a\n"


def test_no_module_of_the_stand_in_stays_behind() -> None:
    """The real modules are given back after a session."""
    assert "qt" not in sys.modules
