"""``lightm batch`` segments a folder, continues where it stopped, and tells about it."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.worker.client import WorkerClient

from Testing.data.dicom_files import write_series
from Testing.data.tiny_ct import tiny_ct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from Testing.unit.cli.conftest import Phantom


@pytest.fixture
def scans(phantom: Phantom, tmp_path: Path) -> Path:
    """Return a folder with a scan, a broken one, and something that is none; their names must not leak."""
    folder = tmp_path / "scans 肝"
    (folder / "Meier Anna").mkdir(parents=True)
    shutil.copy(phantom.path, folder / "Meier Anna" / "a.nii.gz")
    (folder / "Meier Anna" / "broken.nii.gz").write_bytes(b"no scan")
    (folder / "old.seg.nrrd").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerClient]:
    """Return a worker that several batches share, so that torch is loaded once."""
    with WorkerClient() as client:
        yield client


@pytest.fixture
def _warm_worker(worker: WorkerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the batch find a worker that another one used."""
    monkeypatch.setattr("LightMSegmentationLib.worker.client.WorkerClient", lambda: nullcontext(worker))


def json_lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_folder_is_done_once_and_a_broken_scan_stops_nothing(
    scans: Path, model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    command = ["batch", str(scans), str(tmp_path / "out"), "--mode", "fast", "--model", model]
    assert main(command) == 10
    told = capfd.readouterr()
    first = told.out.splitlines()
    assert first[0].startswith("case 1: done in ")
    assert first[1].startswith("case 2: failed in ")
    assert "[file] is not a NIfTI file" in first[1]
    assert first[-1].startswith("1 done, 0 without liver, 1 failed; 0 of them finished earlier.")
    assert "2 scans found, 2 to do; 1 left out" in told.err
    assert "Meier" not in told.out + told.err
    (scans / "Meier Anna" / "broken.nii.gz").unlink()
    assert main([*command, "--json-lines", "--keep-identifiers"]) == 0
    events = json_lines(capfd.readouterr().out)
    assert events[0] == {"event": "planned", "cases": 1, "due": 0, "left_out": 1}
    assert events[-1]["done"] == 1
    assert events[-1]["finished_earlier"] == 1
    assert (tmp_path / "out" / "Meier Anna" / "a.seg.nrrd").is_file()


@pytest.mark.usefixtures("_warm_worker")
@pytest.mark.parametrize("keep", [False, True])
def test_json_lines_hold_numbers_and_names_only_on_request(
    scans: Path, model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], keep: bool
):
    command = ["batch", str(scans), str(tmp_path / "out"), "--mode", "fast", "--model", model, "--json-lines"]
    assert main([*command, "--keep-identifiers"] if keep else command) == 10
    text = capfd.readouterr().out
    events = json_lines(text)
    kinds = [event["event"] for event in events if event["event"] != "progress"]
    assert kinds == ["planned", *["case-started", "case-finished"] * 2, "summary"]
    ends = [event for event in events if event["event"] == "case-finished"]
    assert [(end["case"], end["state"], end["fraction"]) for end in ends] == [(1, "done", 0.5), (2, "failed", 1.0)]
    progress = [event for event in events if event["event"] == "progress"]
    assert [event["fraction"] for event in progress] == sorted(event["fraction"] for event in progress)
    assert {event["stage"] for event in progress} >= {"read", "locate", "write"}
    assert ("Meier Anna" in text) == keep


def test_a_batch_of_failures_ends_with_11(tmp_path: Path, model: str, capfd: pytest.CaptureFixture[str]):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "broken.nii.gz").write_bytes(b"no scan")
    assert main(["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--model", model]) == 11
    assert "0 done, 0 without liver, 1 failed" in capfd.readouterr().out


def test_a_folder_without_ct_ends_with_3(tmp_path: Path, model: str, capfd: pytest.CaptureFixture[str]):
    (tmp_path / "in").mkdir()
    assert main(["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--model", model]) == 3
    assert "There is no CT in" in capfd.readouterr().err


def test_a_dry_run_lists_what_would_be_done_and_writes_nothing(
    scans: Path, model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    write_series(scans / "dicom", tiny_ct(), uid="1.2.3")
    command = ["batch", str(scans), str(tmp_path / "out"), "--model", model, "--dry-run"]
    assert main(command) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["case", "state", "slices", "mm", "phase", "name"],
        ["1", "due", lines[1].split()[2], lines[1].split()[3], "Meier", "Anna/a"],
        ["2", "due", "Meier", "Anna/broken"],
        ["3", "due", "20", "8", "dicom"],
    ]
    assert "  old.seg.nrrd: it is a segmentation" in lines
    assert lines[-1] == "3 cases, 3 to do, 1 left out. Nothing was written."
    assert not (tmp_path / "out").exists()
    assert main([*command, "--json-lines", "--series-filter", "thickness=8", "--series-filter", "largest"]) == 0
    text = capfd.readouterr().out
    events = json_lines(text)
    assert [event["event"] for event in events] == ["case", "left-out", "left-out", "left-out"]
    assert events[0] == {
        "event": "case", "case": 1, "state": "due", "slices": 20, "thickness_mm": 8.0, "phase": None, "will_fail": False
    }  # fmt: skip
    assert {event["reason"] for event in events[1:]} >= {"is a segmentation", "does not tell its slice thickness"}
    assert "Meier" not in text


@pytest.mark.usefixtures("_warm_worker")
def test_files_are_numbered_on_request(scans: Path, model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    command = ["batch", str(scans), str(out), "--mode", "fast", "--model", model, "--anonymous-names"]
    assert main([*command, "--format", "nii.gz"]) == 10
    names = {path.name for path in out.rglob("*") if path.is_file() and path.name.startswith("case")}
    assert names == {"case-0001.nii.gz", "case-0001.lesions.csv", "case-0001.preview.png", "case-0001.report.json"}
    assert capfd.readouterr().out.startswith("case 1: done")


def test_a_missing_folder_ends_with_3(model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["batch", str(tmp_path / "none"), str(tmp_path / "out"), "--model", model]) == 3
    assert "does not exist" in capfd.readouterr().err.splitlines()[-1]


def test_a_wrong_filter_ends_with_2(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["batch", str(tmp_path), str(tmp_path / "out"), "--series-filter", "phase=best"]) == 2
    assert "no rule to choose series" in capfd.readouterr().err
