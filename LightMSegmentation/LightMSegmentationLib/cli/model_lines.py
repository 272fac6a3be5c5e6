"""An installed model in one line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.model_manager.check import ModelCheck


def list_line(check: ModelCheck, default: str = "") -> str:
    """Return a model's name, version and state in one line."""
    version = check.card.version if check.card else "?"
    state = f"DAMAGED: {check.problem}" if check.problem else "weights verified"
    mark = "default, " if check.name == default else ""
    return f"{check.name:<20} version {version:<8} {mark}{state}"
