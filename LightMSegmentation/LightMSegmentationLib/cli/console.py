"""The command's two streams: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping


class Console:
    """Writes whole lines; a name that the terminal can't show is escaped, never an error.

    Parameters
    ----------
    output, errors
        Where results and messages go; the process's own streams when None.
    """

    def __init__(self, output: TextIO | None = None, errors: TextIO | None = None) -> None:
        self.output = output if output is not None else sys.stdout
        self.errors = errors if errors is not None else sys.stderr
        for stream in (self.output, self.errors):
            _escape_what_cannot_be_encoded(stream)

    def say(self, line: str) -> None:
        """Write a line of the result."""
        self.output.write(f"{line}\n")
        self.output.flush()

    def say_json(self, document: Mapping[str, object]) -> None:
        """Write the result as one JSON document."""
        self.say(json.dumps(document, indent=2, ensure_ascii=False))

    def say_line(self, document: Mapping[str, object]) -> None:
        """Write a part of the result as a JSON object on one line, in ASCII, whatever the terminal can show."""
        self.say(json.dumps(document))

    def tell(self, line: str) -> None:
        """Write a message that is not part of the result."""
        self.errors.write(f"{line}\n")
        self.errors.flush()

    def fail(self, sentence: str) -> None:
        """Write the one sentence that says why the command failed."""
        self.tell(f"lightm: {' '.join(sentence.split())}")


def _escape_what_cannot_be_encoded(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        with contextlib.suppress(ValueError):
            reconfigure(errors="backslashreplace")
