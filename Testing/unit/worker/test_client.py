"""The client beyond single jobs: idle workers, batches, starts that fail."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.outcome import CaseState
from LightMSegmentationLib.errors import CancelledError, ModelError, UsageError
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.client import WorkerClient

from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.worker.conversation import Heard
    from LightMSegmentationLib.worker.interpreter import WorkerLaunch

    Script = Callable[[str], SegmentationSettings]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        write_scan(tmp_path / "in" / f"{name}.nii.gz")
    (tmp_path / "in" / "broken.nrrd").write_text("no scan")
    return tmp_path / "in"


def test_an_idle_worker_is_let_go_and_the_next_job_starts_another(
    scripted_launch: WorkerLaunch, ct: Volume, script: Script
) -> None:
    ended = threading.Event()

    def note(line: str) -> None:
        if line.endswith("The worker ends"):
            ended.set()

    launch = replace(scripted_launch, arguments=(*scripted_launch.arguments, "--idle-minutes", "0.002"))
    with WorkerClient(launch, note) as worker:
        worker.probe(script(""))
        assert ended.wait(10.0)
        assert worker.segment(ct, script("end=done")).labels is not None


def test_a_batch_reports_every_case_and_a_sum(
    worker: WorkerClient, scans: Path, tmp_path: Path, script: Script
) -> None:
    heard: list[Heard] = []
    summary = worker.batch(scans, tmp_path / "out", script("tiles=2"), on_event=heard.append)
    assert (summary.done, summary.failed) == (3, 1)
    (planned,) = (event for event in heard if isinstance(event, protocol.BatchPlanned))
    assert [case.name for case in planned.cases] == ["a", "b", "broken", "c"]
    outcomes = [event.outcome for event in heard if isinstance(event, protocol.CaseFinished)]
    assert [outcome.state for outcome in outcomes].count(CaseState.FAILED) == 1
    assert all((tmp_path / "out" / name).is_file() for outcome in outcomes for name in outcome.files)


def test_rules_choose_the_cases_of_a_batch(worker: WorkerClient, scans: Path, tmp_path: Path, script: Script) -> None:
    heard: list[Heard] = []
    rules = "description=a|broken,description!=broken"
    worker.batch(scans, tmp_path / "out", script(""), on_event=heard.append, series_rules=rules)
    (planned,) = (event for event in heard if isinstance(event, protocol.BatchPlanned))
    assert ([case.name for case in planned.cases], planned.left_out) == (["a"], 3)


def test_a_rule_that_is_none_is_told_by_the_worker(
    worker: WorkerClient, scans: Path, tmp_path: Path, script: Script
) -> None:
    with pytest.raises(UsageError, match="'phase=blue' is no rule to choose series"):
        worker.batch(scans, tmp_path / "out", script(""), series_rules="phase=blue")
    assert not (tmp_path / "out").exists()


def test_a_cancelled_batch_continues_where_it_was(
    worker: WorkerClient, scans: Path, tmp_path: Path, script: Script
) -> None:
    def cancel_in_b(event: Heard) -> None:
        if isinstance(event, protocol.CaseStarted) and event.name == "b":
            worker.cancel()

    with pytest.raises(CancelledError, match="Finished cases are kept"):
        worker.batch(scans, tmp_path / "out", script("tiles=100,pace=0.02"), on_event=cancel_in_b)
    started: list[str] = []

    def note_start(event: Heard) -> None:
        if isinstance(event, protocol.CaseStarted):
            started.append(event.name)

    worker.batch(scans, tmp_path / "out", script("tiles=100,pace=0.02"), on_event=note_start)
    assert started == ["b", "broken", "c"]


def test_a_python_that_is_none_is_a_clear_error(scripted_launch: WorkerLaunch, script: Script, tmp_path: Path) -> None:
    with (
        WorkerClient(replace(scripted_launch, python=tmp_path / "nowhere")) as worker,
        pytest.raises(ModelError, match=r"could not be started.*nowhere"),
    ):
        worker.probe(script(""))


def test_a_python_that_ends_at_once_is_a_crash_with_what_it_printed(
    scripted_launch: WorkerLaunch, script: Script
) -> None:
    launch = replace(scripted_launch, arguments=("-c", "raise SystemExit('no room')"))
    with WorkerClient(launch) as worker, pytest.raises(Exception, match="ended with exit code 1") as caught:
        worker.probe(script(""))
    assert "no room" in str(caught.value.__cause__)


def test_a_cancel_without_a_job_does_nothing(worker: WorkerClient, script: Script) -> None:
    worker.cancel()
    worker.probe(script(""))
    worker.cancel()
    assert worker.probe(script("")).backend == "scripted"
