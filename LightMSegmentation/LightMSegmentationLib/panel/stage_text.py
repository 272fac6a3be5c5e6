"""Stages and remaining time as people read them."""

from __future__ import annotations

from slicer.i18n import tr as _

from LightMSegmentationLib.progress import Stage

_MINUTE = 60


def stageText(stage: Stage) -> str:
    """Return what is being done, for the line under the progress bar."""
    texts = {
        Stage.READ: _("Reading the volume"),
        Stage.CHECK: _("Checking the volume"),
        Stage.LOAD_MODEL: _("Loading the model"),
        Stage.LOCATE: _("Finding the liver"),
        Stage.DELINEATE: _("Outlining"),
        Stage.EXPORT: _("Bringing the result to the volume's resolution"),
        Stage.MEASURE: _("Measuring"),
        Stage.WRITE: _("Writing the result"),
    }
    return texts[stage]


def remainingText(seconds: float | None) -> str:
    """Return the remaining time, or nothing while it is not known."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return _("about {seconds} s left").format(seconds=max(1, round(seconds)))
    return _("about {minutes} min left").format(minutes=round(seconds / _MINUTE))


def progressText(stage: Stage, seconds: float | None) -> str:
    """Return stage and remaining time as one line."""
    return ", ".join(text for text in (stageText(stage), remainingText(seconds)) if text)
