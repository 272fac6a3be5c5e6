"""A batch on a Dask cluster: real processes on this computer, some of which are killed."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.outcome import BatchSummary, Finished, Started
from LightMSegmentationLib.batch.runner import run_batch_with
from LightMSegmentationLib.errors import ModelError, UsageError
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.stress.loopback_cluster import ENGINE, Cluster
from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from LightMSegmentationLib.batch.outcome import BatchEvent

distributed = pytest.importorskip("distributed", reason="needs dask.distributed (extra 'cluster')")

from LightMSegmentationLib.batch.cluster import ClusterComputing  # noqa: E402
from LightMSegmentationLib.engine import DEFAULT_ENGINE  # noqa: E402


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path / "dask", stack)


def order_of(tmp_path: Path, cases: int, script: str, **changes: object) -> BatchOrder:
    for number in range(cases):
        write_scan(tmp_path / "in" / f"case{number}.nii.gz", seed=number)
    settings = SegmentationSettings(model=f"script:{script}", **changes)
    return BatchOrder(tmp_path / "in", tmp_path / "out", settings, "model")


def run(order: BatchOrder, cluster: Cluster) -> Iterator[BatchEvent]:
    with ClusterComputing(cluster.address, ENGINE) as computing:
        yield from run_batch_with(order, computing)


def ledger_states(order: BatchOrder) -> dict[str, str]:
    with Ledger(order.target / LEDGER_NAME) as ledger:
        return {name: entry.outcome.state.value for name, entry in ledger.entries().items()}


def test_two_workers_share_the_cases_and_a_killed_one_costs_nothing_but_time(tmp_path: Path, cluster: Cluster) -> None:
    order = order_of(tmp_path, 6, "tiles=10,pace=0.1")
    cluster.add_worker()
    victim = cluster.add_worker()
    begun, most, finished = set(), 0, []
    for event in run(order, cluster):
        if isinstance(event, Started):
            begun.add(event.name)
            most = max(most, len(begun))
        elif isinstance(event, Finished):
            begun.discard(event.outcome.name)
            finished.append(event.outcome.name)
            if len(finished) == 1:
                os.kill(victim, signal.SIGKILL)
    assert isinstance(event, BatchSummary)
    assert (event.done, event.failed) == (6, 0)
    assert most == 2
    assert sorted(finished) == [f"case{number}" for number in range(6)]
    assert set(ledger_states(order).values()) == {"done"}
    assert len(list(order.target.glob("*.seg.nrrd"))) == 6
    assert not (order.target / ".lightm-staging").exists()


def test_each_gpu_computes_one_case_at_a_time(tmp_path: Path, cluster: Cluster) -> None:
    order = order_of(tmp_path, 3, "tiles=2", device="cuda")
    cluster.add_worker()
    with pytest.raises(UsageError, match="No worker of the cluster offers a GPU"):
        list(run(order, cluster))
    cluster.add_worker("--resources", "GPU=1")
    begun: set[str] = set()
    for event in run(order, cluster):
        if isinstance(event, Started):
            begun.add(event.name)
            assert len(begun) == 1
        elif isinstance(event, Finished):
            begun.discard(event.outcome.name)
    assert isinstance(event, BatchSummary)
    assert event.done == 3


def test_a_broken_scan_and_a_defect_fail_as_they_do_here(tmp_path: Path, cluster: Cluster) -> None:
    order = order_of(tmp_path, 1, "end=out-of-memory")
    (tmp_path / "in" / "broken.nii.gz").write_bytes(b"no scan")
    cluster.add_worker()
    outcomes = {event.outcome.name: event.outcome for event in run(order, cluster) if isinstance(event, Finished)}
    assert "not a NIfTI file" in outcomes["broken"].message
    assert "memory" in outcomes["case0"].message
    assert set(ledger_states(order).values()) == {"failed"}


def test_a_stopped_batch_leaves_its_cases_due_and_the_worker_stops(tmp_path: Path, cluster: Cluster) -> None:
    order = order_of(tmp_path, 2, "tiles=600,pace=0.1")
    cluster.add_worker()
    events = run(order, cluster)
    next(event for event in events if isinstance(event, Started))
    events.close()
    assert set(ledger_states(order).values()) == {"due"}
    quick = order_of(tmp_path, 2, "tiles=2")
    *_, summary = run(quick, cluster)
    assert isinstance(summary, BatchSummary)
    assert summary.done == 2


def test_a_worker_with_another_model_is_refused(tmp_path: Path, cluster: Cluster) -> None:
    order = order_of(tmp_path, 1, "tiles=2")
    cluster.add_worker()
    with (
        ClusterComputing(cluster.address, DEFAULT_ENGINE) as computing,
        pytest.raises(ModelError, match="has another model than this computer, or none"),
    ):
        list(run_batch_with(order, computing))
    assert set(ledger_states(order).values()) == {"due"}


def test_scheduler_and_worker_leave_nothing_outside_their_folder(tmp_path: Path, cluster: Cluster) -> None:
    cluster.add_worker()
    kept = {path.name.split("-")[0] for path in (tmp_path / "dask" / "dask-scratch-space").iterdir() if path.is_dir()}
    assert kept == {"scheduler", "worker"}


def test_nobody_at_the_address_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("LightMSegmentationLib.batch.cluster._CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        ClusterComputing("tcp://127.0.0.1:9")
