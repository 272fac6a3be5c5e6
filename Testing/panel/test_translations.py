"""What the panel says can be translated."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PANEL = Path(__file__).parents[2] / "LightMSegmentation" / "LightMSegmentationLib" / "panel"
SENTENCES = {"cause", "advice"}


def spoken_plainly(source: str) -> list[int]:
    """Return the lines on which a cause or an advice is text that no translation replaces."""
    assignments = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assign)]
    return [
        node.lineno
        for node in assignments
        if isinstance(node.value, ast.Constant | ast.JoinedStr)
        and any(isinstance(target, ast.Name) and target.id in SENTENCES for target in node.targets)
    ]


@pytest.mark.parametrize("file", sorted(PANEL.glob("*.py")), ids=lambda file: file.stem)
def test_sentences_of_errors_are_translated(file: Path) -> None:
    assert spoken_plainly(file.read_text(encoding="utf-8")) == []


def test_a_plain_sentence_would_be_found() -> None:
    assert spoken_plainly('cause = "No."\nadvice = _("Go on.")') == [1]
