"""How many cases an hour one and two workers of a cluster do: ``python -m Testing.stress.throughput FOLDER``.

A case waits twelve seconds for its result instead of computing it, so that the figures tell what the batch and Dask
cost, and not how many cores this computer has.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from LightMSegmentationLib.batch.cluster import ClusterComputing
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.outcome import BatchSummary, Planned
from LightMSegmentationLib.batch.runner import run_batch_with
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.stress.loopback_cluster import ENGINE, Cluster
from Testing.unit.batch.small_scans import write_scan

CASES = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m Testing.stress.throughput", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for number in range(CASES):
        write_scan(folder / "in" / f"case{number:02d}.nii.gz", seed=number % 4)
    for workers in (1, 2):
        seconds = timed(folder, workers)
        sys.stdout.write(f"{workers} workers: {CASES} cases in {seconds:.1f} s, {3600 * CASES / seconds:.0f} an hour\n")


def timed(folder: Path, workers: int) -> float:
    """Return the seconds from the first case to the end of the last, with warm workers."""
    settings = SegmentationSettings(model="script:tiles=4,pace=3.0")
    order = BatchOrder(folder / "in", folder / f"out{workers}", settings, "model")
    with ExitStack() as stack:
        cluster = Cluster(folder / "dask", stack)
        for _ in range(workers):
            cluster.add_worker()
        computing = stack.enter_context(ClusterComputing(cluster.address, ENGINE))
        started = ended = 0.0
        for event in run_batch_with(order, computing):
            if isinstance(event, Planned):
                started = time.monotonic()
            elif not isinstance(event, BatchSummary):
                ended = time.monotonic()
    return ended - started


if __name__ == "__main__":
    main()
