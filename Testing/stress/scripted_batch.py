"""``lightm batch --json-lines`` in one process, with the scripted engine: ``python -m ... INPUT OUTPUT``."""

from __future__ import annotations

import sys
from pathlib import Path

from LightMSegmentationLib.batch.computing import LocalComputing
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.runner import run_batch_with
from LightMSegmentationLib.cli.batch_teller import told_batch
from LightMSegmentationLib.cli.console import Console
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.data.scripted_engine import ScriptedEngine

if __name__ == "__main__":
    settings = SegmentationSettings(model="script:tiles=3")
    order = BatchOrder(Path(sys.argv[1]), Path(sys.argv[2]), settings, "model")
    with told_batch(Console(), order, as_json=True) as teller:
        teller.follow(run_batch_with(order, LocalComputing(ScriptedEngine().segment, teller.monitor)))
