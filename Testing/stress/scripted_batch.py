"""``lightm batch --json-lines`` in one process, with the scripted engine: ``python -m ... INPUT OUTPUT``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.computing import LocalComputing
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.runner import run_batch_with
from LightMSegmentationLib.cli.batch_teller import told_batch
from LightMSegmentationLib.cli.console import Console
from LightMSegmentationLib.imaging.check import check_ct
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.data.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.progress import Monitor


def checked_segment(volume: Volume, settings: SegmentationSettings, monitor: Monitor) -> SegmentationResult:
    """Check as `inference.segment_volume` does, then follow the script instead of the network."""
    check_ct(volume)
    return ScriptedEngine().segment(volume, settings, monitor)


if __name__ == "__main__":
    settings = SegmentationSettings(model="script:tiles=3")
    order = BatchOrder(Path(sys.argv[1]), Path(sys.argv[2]), settings, "model")
    with told_batch(Console(), order, as_json=True) as teller:
        teller.follow(run_batch_with(order, LocalComputing(checked_segment, teller.monitor)))
