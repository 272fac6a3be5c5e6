"""How the project's commands speak."""

from __future__ import annotations

import sys


class ProjectError(Exception):
    """A command can't go on; the text says why and what to do."""


def say(text: str) -> None:
    """Write one line for the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def megabytes(size: int) -> str:
    """Return a size in bytes as people read it."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
