"""A finished batch of small scans, segmented by the scripted engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor

from Testing.data.scripted_engine import ScriptedEngine
from Testing.unit.batch.small_scans import small_scan

if TYPE_CHECKING:
    from pathlib import Path

SURE, DOUBTFUL, WITHOUT = "a-sure", "b-doubtful", "c-without"
"""A lesion of confidence 0.875, one of 0.25, and none; that is a doubt of 0.25, 0.5 and 0."""

_LESION_VOXELS = {SURE: 3, DOUBTFUL: 1, WITHOUT: 0}
"""Along each axis."""


def write_small_batch(folder: Path) -> Path:
    """Write scans into ``folder``/in, segment them, and return the output folder."""
    for name, width in _LESION_VOXELS.items():
        _write_scan(folder / "in" / f"{name}.nii.gz", width)
    order = BatchOrder(folder / "in", folder / "out", SegmentationSettings(model="script:tiles=1"), "scripted")
    for _ in run_batch(order, ScriptedEngine().segment, SilentMonitor()):
        pass
    return folder / "out"


def _write_scan(path: Path, width: int) -> None:
    import SimpleITK as sitk

    scan = small_scan()
    scan.array[6:12, 8:14, 8:14] = 120
    scan.array[8 : 8 + width, 10 : 10 + width, 9 : 9 + width] = 60
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(scan.to_image(), str(path))
