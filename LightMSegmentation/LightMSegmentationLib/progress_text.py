"""Stages and remaining time as people read them in a terminal or browser; the panel has texts that are translated."""

from __future__ import annotations

from LightMSegmentationLib.progress import Stage

STAGE_TITLES = {
    Stage.READ: "Reading the scan",
    Stage.CHECK: "Checking the scan",
    Stage.LOAD_MODEL: "Loading the model",
    Stage.LOCATE: "Finding the liver",
    Stage.DELINEATE: "Delineating",
    Stage.EXPORT: "Returning to the scan's grid",
    Stage.MEASURE: "Measuring",
    Stage.WRITE: "Writing",
}


def remaining_text(seconds: float | None) -> str:
    """Return the remaining time as people say it: seconds in steps of five, minutes, hours.

    It is empty while nobody can know (None), and when nothing remains.
    """
    if seconds is None or seconds <= 0:
        return ""
    if seconds > 2 * 3600:
        return f"about {seconds / 3600:.1f} h left"
    return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {max(5, 5 * round(seconds / 5))} s left"
