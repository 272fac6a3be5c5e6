"""The server, spoken to by hand: how it begins, what it forgives, and how it ends."""

from __future__ import annotations

import os
import signal
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.worker.protocol import PROTOCOL_VERSION

from Testing.unit.worker.raw_worker import raw_worker

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.worker.interpreter import WorkerLaunch

PROBE = {"kind": "probe", "id": 7, "settings": {"model": "script:"}}
SOON = 5.0


def test_hello_tells_protocol_process_folder_and_versions(scripted_launch: WorkerLaunch) -> None:
    with raw_worker(scripted_launch) as worker:
        assert worker.hello["protocol"] == PROTOCOL_VERSION
        assert worker.hello["pid"] == worker.process.pid
        assert worker.hello["python"] == sys.executable
        assert worker.hello["versions"]["numpy"] is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_the_private_folder_can_be_read_by_its_owner_only(
    scripted_launch: WorkerLaunch, temporary_parent: Path
) -> None:
    with raw_worker(scripted_launch) as worker:
        assert worker.folder.parent == temporary_parent
        assert stat.S_IMODE(worker.folder.stat().st_mode) == 0o700


def test_lines_that_are_no_json_are_survived(scripted_launch: WorkerLaunch) -> None:
    with raw_worker(scripted_launch) as worker:
        for line in ("nonsense", "[1, 2]", '{"kind": ', "\x00\x01", "[" * 100_000):
            worker.say(line)
        worker.say(PROBE)
        assert worker.hear("probed")["id"] == 7


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"kind": "dance", "id": 3}, "unknown message kind 'dance'"),
        ({"kind": "probe", "id": 3}, "probe: missing settings"),
        ({"kind": "probe", "id": 3, "settings": {}, "more": 1}, "probe: unknown more"),
        ({"kind": "probe", "id": 3, "settings": {"mode": "slow"}}, "probe.settings.mode: expected fast or full"),
        ({"kind": "probe", "id": 3, "settings": {"device": 1}}, "probe.settings.device: expected str"),
    ],
)
def test_a_malformed_request_is_answered_and_survived(
    scripted_launch: WorkerLaunch, message: dict[str, object], words: str
) -> None:
    with raw_worker(scripted_launch) as worker:
        worker.say(message)
        answer = worker.hear("failed")
        assert (answer["id"], answer["code"]) == (3, "usage")
        assert words in answer["cause"]
        worker.say(PROBE)
        assert worker.hear("probed")["id"] == 7


@pytest.mark.parametrize("name", ["../ct.npy", "/etc/passwd", "ct.npy/../../x.npy", "missing.npy", "a\\b.npy"])
def test_voxels_are_taken_from_the_private_folder_only(scripted_launch: WorkerLaunch, name: str) -> None:
    with raw_worker(scripted_launch) as worker:
        grid = {"size": [10, 8, 6], "spacing": [1, 2, 3], "origin": [0, 0, 0]}
        worker.say({"kind": "segment", "id": 1, "voxels": name, "grid": grid, "settings": {}})
        answer = worker.hear("failed")
        assert answer["code"] == "usage"
        assert "voxels" in answer["cause"]


def test_the_end_of_input_ends_an_idle_worker_and_its_folder(scripted_launch: WorkerLaunch) -> None:
    with raw_worker(scripted_launch) as worker:
        worker.input.close()
        assert worker.process.wait(SOON) == 0
        assert not worker.folder.exists()


@pytest.mark.parametrize("script", ["tiles=1,end=hang", "tiles=100000,pace=0.01", "tiles=100,pace=60"])
def test_the_end_of_input_ends_a_working_worker_and_its_folder(
    scripted_launch: WorkerLaunch, ct: Volume, script: str
) -> None:
    with raw_worker(scripted_launch) as worker:
        worker.ask_for(ct, script)
        worker.hear("progress")
        worker.input.close()
        assert worker.process.wait(SOON) == 0
        assert not worker.folder.exists()


def test_shutdown_ends_the_worker_after_its_job(scripted_launch: WorkerLaunch, ct: Volume) -> None:
    with raw_worker(scripted_launch) as worker:
        worker.ask_for(ct, "tiles=3")
        worker.say({"kind": "shutdown"})
        assert worker.hear("segmented")["id"] == 1
        assert worker.process.wait(SOON) == 0
        assert not worker.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_polite_kill_removes_the_folder(scripted_launch: WorkerLaunch) -> None:
    with raw_worker(scripted_launch) as worker:
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(SOON) == 0
        assert not worker.folder.exists()


def test_an_idle_worker_says_so_and_still_takes_a_job(scripted_launch: WorkerLaunch) -> None:
    with raw_worker(scripted_launch, "--idle-minutes", "0.0001") as worker:
        worker.hear("idle")
        worker.say(PROBE)
        assert worker.hear("probed")["id"] == 7


def test_jobs_that_arrive_together_are_done_one_after_the_other(scripted_launch: WorkerLaunch, ct: Volume) -> None:
    with raw_worker(scripted_launch) as worker:
        worker.ask_for(ct, "tiles=3", job=1)
        worker.say(PROBE)
        assert worker.hear("segmented")["id"] == 1
        assert worker.hear("probed")["id"] == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to lead")
def test_the_worker_leads_a_group_of_its_own(scripted_launch: WorkerLaunch) -> None:
    with raw_worker(scripted_launch) as worker:
        assert os.getpgid(worker.process.pid) == worker.process.pid
