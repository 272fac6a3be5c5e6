"""A folder in, results out: what is done, what is done again, and what stops nothing."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from LightMSegmentationLib.batch.outcome import BatchSummary, CaseOutcome, CaseState, Finished, Planned, Started
from LightMSegmentationLib.batch.runner import LOCK_NAME, BatchOrder, run_batch
from LightMSegmentationLib.engine import TorchEngine
from LightMSegmentationLib.errors import CancelledError, UnusableInputError, UsageError
from LightMSegmentationLib.file_lock import FileLock
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor

from Testing.data.scripted_engine import ScriptedEngine
from Testing.unit.batch.small_scans import small_scan, write_scan

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.outcome import BatchEvent
    from LightMSegmentationLib.progress import Stage

ENGINE = ScriptedEngine()


def run(order: BatchOrder) -> list[BatchEvent]:
    return list(run_batch(order, ENGINE.segment, SilentMonitor()))


def started(events: list[BatchEvent]) -> list[str]:
    return [event.name for event in events if isinstance(event, Started)]


def outcomes(events: list[BatchEvent]) -> dict[str, CaseOutcome]:
    return {event.outcome.name: event.outcome for event in events if isinstance(event, Finished)}


def test_events_tell_the_plan_each_case_and_the_sum(first_events: list[BatchEvent]) -> None:
    events = first_events
    assert isinstance(events[0], Planned)
    assert [case.name for case in events[0].cases] == ["a", "broken", "sub/é"]
    assert started(events) == ["a", "broken", "sub/é"]
    assert isinstance(events[-1], BatchSummary)
    assert (events[-1].done, events[-1].failed, events[-1].no_liver, events[-1].skipped) == (2, 1, 0, 0)


def test_the_output_mirrors_the_input(finished: BatchOrder) -> None:
    files = {path.relative_to(finished.target).as_posix() for path in finished.target.rglob("*") if path.is_file()}
    cases = {
        f"{case}{end}"
        for case in ("a", "sub/é")
        for end in (".seg.nrrd", ".lesions.csv", ".preview.png", ".report.json")
    }
    assert files == cases | {LEDGER_NAME, LOCK_NAME, "lightm-batch.csv", "lightm-report.html", "lightm-report.csv"}


def test_volumes_and_lesions_are_in_the_outcome(first_events: list[BatchEvent]) -> None:
    case = outcomes(first_events)["sub/é"]
    assert case.state is CaseState.DONE
    assert case.liver_volume_ml == pytest.approx(216 * 0.8)
    assert case.tumor_volume_ml == pytest.approx(2 * 0.8)
    assert case.lesion_count == 1


def test_a_broken_file_fails_with_its_name_and_stops_nothing(first_events: list[BatchEvent]) -> None:
    done = outcomes(first_events)
    assert done["broken"].state is CaseState.FAILED
    assert "broken.nii.gz" in done["broken"].message
    assert done["sub/é"].state is CaseState.DONE


def test_a_defect_in_one_case_stops_nothing(order: BatchOrder) -> None:
    done = outcomes(run(replace(order, settings=SegmentationSettings(model="script:end=defect"))))
    assert {case.state for case in done.values()} == {CaseState.FAILED}
    assert "IndexError" in done["a"].message


def test_a_scan_for_which_the_memory_can_not_suffice_fails_with_the_estimate(
    order: BatchOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for memory in ("available_memory", "held_memory"):  # a suite holds much by now
        monkeypatch.setattr(f"LightMSegmentationLib.memory_need.{memory}", lambda: 0.0)
    done = {
        event.outcome.name: event.outcome
        for event in run_batch(order, TorchEngine().segment, SilentMonitor())
        if isinstance(event, Finished)
    }
    assert done["a"].state is CaseState.FAILED
    assert "needs about 1.1 GiB of memory in full mode" in done["a"].message


def test_the_log_of_a_defect_holds_the_stack_and_no_text_that_may_name_a_patient(
    order: BatchOrder, caplog: pytest.LogCaptureFixture
) -> None:
    run(replace(order, settings=SegmentationSettings(model="script:end=defect")))
    assert "in _break" in caplog.text
    assert "list index out of range" not in caplog.text


def test_label_maps_hold_the_exact_labels(order: BatchOrder) -> None:
    run(replace(order, suffix=".nii.gz"))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(order.target / "sub" / "é.nii.gz")))
    scan = small_scan(seed=1).array
    expected = np.zeros(scan.shape, np.uint8)
    expected[scan == 120] = 1
    expected[8, 10, 9:11] = 2
    np.testing.assert_array_equal(labels, expected)


def test_the_report_tells_what_ran_and_no_name(finished: BatchOrder) -> None:
    text = (finished.target / "sub" / "é.report.json").read_text(encoding="utf-8")
    report = json.loads(text)
    assert (report["status"], report["backend"], report["mode"]) == ("segmented", "scripted", "full")
    assert report["model"]["weights_sha256"] == {"coarse": "5c21"}
    assert set(report["timings_s"]) == {"locate", "total"}
    assert report["findings"]["tumor_volume_ml"] == pytest.approx(1.6)
    assert "é" not in text


def test_the_summary_table_has_a_row_for_each_case(finished: BatchOrder) -> None:
    with (finished.target / "lightm-batch.csv").open(encoding="utf-8", newline="") as file:
        states = {row["name"]: row["state"] for row in csv.DictReader(file)}
    assert states == {"a": "done", "broken": "failed", "sub/é": "done"}


def test_a_summary_table_that_can_not_be_written_fails_no_batch(order: BatchOrder) -> None:
    (order.target / "lightm-batch.csv").mkdir(parents=True)
    summary = run(order)[-1]
    assert isinstance(summary, BatchSummary)
    assert summary.done == 2


def test_no_liver_is_done_with_reasons_and_without_a_segmentation(order: BatchOrder) -> None:
    order = replace(order, settings=SegmentationSettings(model="script:end=no-liver"))
    events = run(order)
    case = outcomes(events)["a"]
    assert case.state is CaseState.NO_LIVER
    assert "told to find none" in case.message
    assert not (order.target / "a.seg.nrrd").exists()
    assert (order.target / "a.lesions.csv").read_text().count("\n") == 1
    assert started(run(order)) == ["broken"]


def test_a_second_run_does_only_what_failed(finished: BatchOrder) -> None:
    before = (finished.target / "a.seg.nrrd").stat().st_mtime_ns
    events = run(finished)
    assert started(events) == ["broken"]
    assert isinstance(events[0], Planned)
    assert [case.state.value for case in events[0].cases] == ["done", "due", "done"]
    assert isinstance(events[-1], BatchSummary)
    assert events[-1].skipped == 2
    assert (finished.target / "a.seg.nrrd").stat().st_mtime_ns == before


def test_a_repaired_file_is_done_by_the_next_run(finished: BatchOrder) -> None:
    write_scan(finished.source / "broken.nii.gz")
    assert outcomes(run(finished))["broken"].state is CaseState.DONE


def test_a_changed_scan_is_due_again(finished: BatchOrder) -> None:
    write_scan(finished.source / "a.nii.gz", seed=2)
    assert outcomes(run(finished))["a"].tumor_volume_ml == pytest.approx(3 * 0.8)


def test_a_scan_with_a_new_date_and_the_same_content_is_not(finished: BatchOrder) -> None:
    os.utime(finished.source / "a.nii.gz", (1, 1))
    assert started(run(finished)) == ["broken"]


@pytest.mark.parametrize(
    "change",
    [
        {"model_hash": "model 2"},
        {"settings": SegmentationSettings(mode=Mode.FAST, model="script:tiles=2")},
        {"suffix": ".nii.gz"},
    ],
    ids=["model", "mode", "form"],
)
def test_another_model_mode_or_form_makes_every_case_due(finished: BatchOrder, change: dict[str, object]) -> None:
    assert started(run(replace(finished, **change))) == ["a", "broken", "sub/é"]


def test_another_device_makes_nothing_due(finished: BatchOrder) -> None:
    other = replace(finished.settings, device="cpu")
    assert started(run(replace(finished, settings=other))) == ["broken"]


def test_a_removed_result_is_made_again(finished: BatchOrder) -> None:
    (finished.target / "a.preview.png").unlink()
    assert started(run(finished)) == ["a", "broken"]


class CancelInSecondCase:
    """Cancels at the first tile of the second case."""

    def __init__(self) -> None:
        self.cases = 0

    def report(self, stage: Stage, done: int, total: int) -> None:
        self.cases += (stage.value, done, total) == ("locate", 0, 2)
        if self.cases == 2:
            raise CancelledError


def test_cancelling_keeps_what_is_finished_and_leaves_the_case_due(order: BatchOrder) -> None:
    with pytest.raises(CancelledError):
        list(run_batch(order, ENGINE.segment, CancelInSecondCase()))
    with Ledger(order.target / LEDGER_NAME) as ledger:
        states = {name: entry.outcome.state.value for name, entry in ledger.entries().items()}
    assert states == {"a": "done", "broken": "failed", "sub/é": "due"}
    assert not (order.target / ".lightm-staging").exists()
    assert started(run(order)) == ["broken", "sub/é"]


def test_a_second_run_on_the_same_output_is_refused(order: BatchOrder) -> None:
    events = run_batch(order, ENGINE.segment, SilentMonitor())
    next(events)
    with pytest.raises(UnusableInputError, match=rf"Another batch is writing .*process {os.getpid()}"):
        run(order)
    events.close()
    assert len(started(run(order))) == 3


def test_the_lock_of_a_dead_run_is_free(order: BatchOrder) -> None:
    order.target.mkdir()
    lock = FileLock(order.target / LOCK_NAME)
    assert lock.acquire("someone")
    lock.release()
    assert len(started(run(order))) == 3


@pytest.mark.parametrize("place", [".", ".."])
def test_an_output_that_could_replace_the_scans_is_refused(order: BatchOrder, place: str) -> None:
    with pytest.raises(UsageError, match="results could replace scans"):
        run(replace(order, target=order.source / place))


def test_an_unknown_form_is_refused_before_anything_is_computed(order: BatchOrder) -> None:
    with pytest.raises(UsageError, match=r"'\.png'"):
        run(replace(order, suffix=".png"))


def test_an_output_folder_that_is_a_file_is_refused(order: BatchOrder) -> None:
    order.target.write_text("in the way")
    with pytest.raises(UnusableInputError, match="can't be written"):
        run(order)
