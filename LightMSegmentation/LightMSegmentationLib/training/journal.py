"""The log of a run: one JSON object per line, and curves drawn from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "journal.jsonl"


class Journal:
    """Appends entries to the journal of a run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def write(self, kind: str, **values: Any) -> None:
        """Append one entry."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"kind": kind, **values}) + "\n")

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the entries of a kind; of a step that was repeated after an interruption, the last one."""
        if not self.path.is_file():
            return []
        parsed = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        by_step = {entry["step"]: entry for entry in parsed if entry["kind"] == kind}
        return [by_step[step] for step in sorted(by_step)]
