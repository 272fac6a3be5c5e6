"""What a user does in the file dialogs of the models section."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest


def answer_file_dialogs(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    """Let every file dialog return a path, or nothing as when it is cancelled; PythonQt returns the text alone."""
    text = str(path) if path is not None else ""
    names = ("getOpenFileName", "getExistingDirectory", "getSaveFileName")
    dialogs = SimpleNamespace(**{name: lambda *_arguments: text for name in names})
    monkeypatch.setattr(sys.modules["qt"], "QFileDialog", dialogs, raising=False)
