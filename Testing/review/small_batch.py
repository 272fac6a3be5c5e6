"""A finished batch of small scans, segmented by the scripted engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor

from Testing.data.scripted_engine import ScriptedEngine
from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from pathlib import Path

SURE, DOUBTFUL, WITHOUT = "a-sure", "b-doubtful", "c-without"
"""A lesion of confidence 0.875, one of 0.25, and none; by what doubt means: 0.25, 0.5 and 0."""


def write_small_batch(folder: Path) -> Path:
    """Write scans into ``folder``/in, segment them, and return the output folder."""
    for name, seed in ((SURE, 24), (DOUBTFUL, 3), (WITHOUT, 0)):
        write_scan(folder / "in" / f"{name}.nii.gz", seed)
    order = BatchOrder(folder / "in", folder / "out", SegmentationSettings(model="script:tiles=1"), "scripted")
    for _ in run_batch(order, ScriptedEngine().segment, SilentMonitor()):
        pass
    return folder / "out"
