"""The worker as its users meet it: real processes, a scripted engine."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib import errors
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.worker.client import WorkerClient
from LightMSegmentationLib.worker.failure import WorkerCrashedError

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.progress import Stage
    from LightMSegmentationLib.worker.interpreter import WorkerLaunch

Script = "Callable[[str], SegmentationSettings]"


class Recorder:
    """Keeps the reports, and cancels at one of them."""

    def __init__(self, cancel_at: tuple[str, int] | None = None) -> None:
        self.reports: list[tuple[str, int, int]] = []
        self.cancelled_at = 0.0
        self._cancel_at = cancel_at

    def report(self, stage: Stage, done: int, total: int) -> None:
        self.reports.append((stage.value, done, total))
        if (stage.value, done) == self._cancel_at:
            self.cancelled_at = time.monotonic()
            raise errors.CancelledError


def ends_soon(pid: int | None) -> bool:
    """Tell whether a process is gone, or goes within two seconds: its end follows the kill, but not at once."""
    assert pid is not None
    deadline = time.monotonic() + 2.0
    pause = threading.Event()
    while is_alive(pid) and time.monotonic() < deadline:
        pause.wait(0.01)
    return not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_labels_come_back_on_the_volume_grid(
    worker: WorkerClient, ct: Volume, script: Script, expected_labels: np.ndarray
) -> None:
    result = worker.segment(ct, script("end=done"))
    assert result.labels is not None
    assert result.labels.grid == ct.grid
    assert result.labels.array.dtype == np.uint8
    np.testing.assert_array_equal(result.labels.array, expected_labels)


def test_findings_and_what_ran_come_back(worker: WorkerClient, ct: Volume, script: Script) -> None:
    result = worker.segment(ct, script("end=done"))
    assert result.findings is not None
    assert result.findings.tumor_volume_ml == pytest.approx(2 * 6.0 / 1000)
    assert (result.backend, result.device, result.timings) == ("scripted", "cpu", {"locate": 0.5})


def test_a_box_limits_the_work_and_the_result_keeps_the_whole_grid(
    worker: WorkerClient, ct: Volume, script: Script, expected_labels: np.ndarray
) -> None:
    result = worker.segment(ct, script("end=done"), box=Box((0, -3, 4), (3, 5, 99)))
    expected = np.zeros_like(expected_labels)
    expected[0:3, 0:5, 4:10] = expected_labels[0:3, 0:5, 4:10]
    assert result.labels is not None
    assert result.labels.grid == ct.grid
    np.testing.assert_array_equal(result.labels.array, expected)


def test_a_box_beside_the_volume_is_refused(worker: WorkerClient, ct: Volume, script: Script) -> None:
    with pytest.raises(errors.UnusableInputError, match="does not overlap"):
        worker.segment(ct, script("end=done"), box=Box((0, 0, 20), (3, 5, 30)))


def test_no_liver_is_a_result_with_reasons(worker: WorkerClient, ct: Volume, script: Script) -> None:
    result = worker.segment(ct, script("end=no-liver"))
    assert result.labels is None
    assert result.findings is None
    assert result.no_liver_reasons == ("The scripted engine was told to find none.",)


def test_progress_arrives_in_order(worker: WorkerClient, ct: Volume, script: Script) -> None:
    recorder = Recorder()
    worker.segment(ct, script("tiles=3"), recorder)
    tiles = [(done, total) for stage, done, total in recorder.reports if stage == "locate"]
    assert tiles == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_the_process_stays_warm_between_jobs(worker: WorkerClient, ct: Volume, script: Script) -> None:
    worker.segment(ct, script("end=done"))
    first = worker.pid
    worker.segment(ct, script("end=done"))
    assert worker.pid == first


def test_what_libraries_print_reaches_the_log_and_harms_nothing(
    worker: WorkerClient, ct: Volume, script: Script, log: list[str]
) -> None:
    assert worker.segment(ct, script("noise=1")).labels is not None
    worker.close()
    assert "a library greets" in log
    assert "native code greets: \ufffd" in log


@pytest.mark.parametrize(
    ("end", "kind", "words"),
    [
        ("unusable", errors.UnusableInputError, "This is no CT. Choose a CT."),
        ("out-of-memory", errors.ResourceError, "There is not enough memory for this run."),
        ("no-torch", errors.ModelError, "'torch' is not installed.* section Environment"),
        ("defect", errors.InternalError, "IndexError: list index out of range"),
        ("crash", WorkerCrashedError, "ended with exit code 23"),
    ],
)
def test_failures_arrive_typed_and_the_next_job_works(
    worker: WorkerClient, ct: Volume, script: Script, end: str, kind: type[errors.LightMError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        worker.segment(ct, script(f"end={end}"))
    assert worker.segment(ct, script("end=done")).labels is not None


def test_a_defect_brings_its_traceback_along(worker: WorkerClient, ct: Volume, script: Script) -> None:
    with pytest.raises(errors.InternalError) as caught:
        worker.segment(ct, script("end=defect"))
    assert "in _break" in str(caught.value.__cause__)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to die of")
def test_a_killed_worker_is_a_typed_error_that_names_the_signal(
    worker: WorkerClient, ct: Volume, script: Script
) -> None:
    with pytest.raises(WorkerCrashedError, match=r"by signal 9 \(SIGKILL\).*memory"):
        worker.segment(ct, script("end=kill"))
    assert worker.segment(ct, script("end=done")).labels is not None


def test_cancelling_between_tiles_keeps_the_process(worker: WorkerClient, ct: Volume, script: Script) -> None:
    worker.probe(script(""))
    before = worker.pid
    recorder = Recorder(cancel_at=("locate", 2))
    with pytest.raises(errors.CancelledError):
        worker.segment(ct, script("tiles=100000,pace=0.01"), recorder)
    assert time.monotonic() - recorder.cancelled_at < 1.0
    assert worker.segment(ct, script("end=done")).labels is not None
    assert worker.pid == before


@pytest.mark.parametrize(
    ("stubborn", "tile"), [("tiles=1,end=hang", 1), ("tiles=100,pace=60", 0), ("tiles=1000,pace=0.1,deaf=1", 0)]
)
def test_a_worker_that_does_not_listen_is_ended_within_a_second(
    worker: WorkerClient, ct: Volume, script: Script, stubborn: str, tile: int
) -> None:
    worker.probe(script(""))
    before = worker.pid
    recorder = Recorder(cancel_at=("locate", tile))
    with pytest.raises(errors.CancelledError):
        worker.segment(ct, script(stubborn), recorder)
    assert time.monotonic() - recorder.cancelled_at < 1.0
    assert ends_soon(before)
    assert worker.segment(ct, script("end=done")).labels is not None


def test_cancelling_from_another_thread_ends_the_children_too(
    scripted_launch: WorkerLaunch, ct: Volume, script: Script
) -> None:
    children: list[int] = []

    def cancel_when_the_child_lives(line: str) -> None:
        if line.startswith("child "):
            children.append(int(line.split()[1]))
            threading.Thread(target=worker.cancel).start()

    with WorkerClient(scripted_launch, cancel_when_the_child_lives) as worker, pytest.raises(errors.CancelledError):
        worker.segment(ct, script("child=1,end=hang"))
    assert len(children) == 1
    assert ends_soon(children[0])


def test_a_monitor_that_fails_leaves_no_process_behind(worker: WorkerClient, ct: Volume, script: Script) -> None:
    class Interrupted:
        def report(self, *_: object) -> None:
            raise KeyboardInterrupt

    worker.probe(script(""))
    before = worker.pid
    with pytest.raises(KeyboardInterrupt):
        worker.segment(ct, script("end=hang"), Interrupted())
    worker.close()
    assert ends_soon(before)


def test_the_private_folder_is_empty_after_a_job_and_gone_after_the_worker(
    worker: WorkerClient, ct: Volume, script: Script, temporary_parent: Path
) -> None:
    worker.segment(ct, script("end=done"))
    (folder,) = temporary_parent.iterdir()
    assert [path.name for path in folder.iterdir()] == ["owner.json"]
    worker.close()
    assert list(temporary_parent.iterdir()) == []


def test_the_next_worker_removes_what_a_killed_one_left(
    worker: WorkerClient, ct: Volume, script: Script, temporary_parent: Path
) -> None:
    with pytest.raises(WorkerCrashedError):
        worker.segment(ct, script("end=crash"))
    (left,) = temporary_parent.iterdir()
    worker.probe(script(""))
    (now,) = temporary_parent.iterdir()
    assert now != left


def test_two_workers_leave_each_others_folder_alone(
    worker: WorkerClient, scripted_launch: WorkerLaunch, ct: Volume, script: Script, temporary_parent: Path
) -> None:
    worker.probe(script(""))
    with WorkerClient(scripted_launch) as other:
        other.probe(script(""))
        assert len(list(temporary_parent.iterdir())) == 2
        assert worker.segment(ct, script("end=done")).labels is not None
