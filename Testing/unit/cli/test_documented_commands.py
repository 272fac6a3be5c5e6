"""Every command that the documentation shows is one that ``lightm`` understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from LightMSegmentationLib.cli.main import _parser

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

IN_BLOCK = re.compile(r"^(?:\w+=\S+ )*(?:\S+/bin/)?lightm (?P<words>.+)$")
IN_TEXT = re.compile(r"`lightm (?P<words>[^`]+)`")
#: What stands for something else: choices, what may be left out, variables of a shell loop, "and so on".
PLACEHOLDER = re.compile(r"\||\[|\$|\.\.\.")
#: "lightm train --data" in a sentence names the option.
NAMED_OPTION = re.compile(r"^\w+ --[\w-]+$")


def shown_commands(page: Path) -> list[str]:
    """Return what follows ``lightm`` in the blocks and in the sentences of a page, where it is a whole command."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    in_blocks = [found["words"] for line in lines if (found := IN_BLOCK.match(line))]
    # In a sentence "lightm segment" names the command; with an option it is meant to be typed.
    in_text = [found["words"] for found in IN_TEXT.finditer(text) if " --" in found["words"]]
    typed = [words for words in in_text if not NAMED_OPTION.match(words)]
    return [words for words in (*in_blocks, *typed) if not PLACEHOLDER.search(words)]


def complaint(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what ``lightm`` says of a command that it does not understand, or nothing."""
    try:
        _parser().parse_args(shlex.split(words))
    except SystemExit as stop:
        return f"lightm {words}: {capsys.readouterr().err.splitlines()[-1]}" if stop.code else ""
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_understood(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    complaints = [complaint(words, capsys) for words in shown_commands(page)]
    assert [one for one in complaints if one] == []


def test_the_readme_shows_commands() -> None:
    assert len(shown_commands(ROOT / "README.md")) >= 8
