"""The Qt Designer file keeps Slicer's rules."""

from __future__ import annotations

import ast
from pathlib import Path
from xml.etree import ElementTree

import pytest

from Testing.panel.conftest import ROOT

MODULE = ROOT / "LightMSegmentation"
UI = ElementTree.parse(MODULE / "Resources" / "UI" / "LightMSegmentation.ui")
PANEL_SOURCES = [MODULE / "LightMSegmentation.py", *sorted((MODULE / "LightMSegmentationLib" / "panel").glob("*.py"))]
CONTROLS = {"QPushButton", "QComboBox", "QCheckBox", "qMRMLNodeComboBox", "ctkPathLineEdit", "QTableWidget"}


def text_of(widget: ElementTree.Element, name: str) -> str | None:
    found = widget.find(f"property[@name='{name}']")
    return None if found is None else found[0].text


def test_every_parameter_has_its_widget() -> None:
    tree = ast.parse((MODULE / "LightMSegmentationLib" / "panel" / "parameters.py").read_text(encoding="utf-8"))
    wrapper = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name.endswith("ParameterNode"))
    members = {node.target.id for node in wrapper.body if isinstance(node, ast.AnnAssign)}  # type: ignore[union-attr]

    shown = {text_of(widget, "SlicerParameterName") for widget in UI.iter("widget")} - {None}

    assert shown == members - {"model"}  # its combo box is filled at run time


def test_every_control_has_a_tooltip() -> None:
    without = [w.get("name") for w in UI.iter("widget") if w.get("class") in CONTROLS and not text_of(w, "toolTip")]

    assert without == []


def test_node_selectors_follow_the_scene() -> None:
    selectors = {w.get("name") for w in UI.iter("widget") if w.get("class") == "qMRMLNodeComboBox"}
    connected = {connection.findtext("receiver") for connection in UI.iter("connection")}

    assert selectors == connected


def test_there_are_no_style_sheets() -> None:
    assert UI.find(".//property[@name='styleSheet']") is None


def test_node_class_names_are_not_translated() -> None:
    lists = UI.findall(".//property[@name='nodeTypes']/stringlist")

    assert lists
    assert all(entry.get("notr") == "true" for entry in lists)


@pytest.mark.parametrize("path", PANEL_SOURCES, ids=lambda path: path.stem)
def test_translated_texts_are_plain_strings(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]

    translated = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_"]

    assert all(isinstance(argument, ast.Constant) for argument in translated)


def test_the_module_file_is_thin() -> None:
    assert len((MODULE / "LightMSegmentation.py").read_text(encoding="utf-8").splitlines()) <= 400
