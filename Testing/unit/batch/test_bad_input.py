"""Every kind of bad input in one batch: each fails or is left out with its reason, and none stops the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.outcome import BatchSummary, CaseState, Finished, Planned
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor

from Testing.data.bad_inputs import BAD_INPUTS
from Testing.stress.scan_folder import NO_CASE
from Testing.stress.scripted_batch import checked_segment
from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.outcome import BatchEvent

#: Its series have the number of those of another input, with which they would be one.
USED = tuple(bad for bad in BAD_INPUTS if bad.name != "several series")
SECRET = "Meier Anna"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(SECRET)
    for number, bad in enumerate(USED):
        (folder / f"{number:02d}").mkdir()
        bad.make(folder / f"{number:02d}")
    write_scan(folder / "zz" / "good.nii.gz")
    return folder


@pytest.fixture(scope="module")
def events(source: Path) -> list[BatchEvent]:
    order = BatchOrder(source, source / "out", SegmentationSettings(model="script:tiles=1"), "model")
    return list(run_batch(order, checked_segment, SilentMonitor()))


def test_what_can_not_be_used_fails_and_the_last_good_scan_is_done(events: list[BatchEvent]) -> None:
    outcomes = [event.outcome for event in events if isinstance(event, Finished)]
    failed = {outcome.name.split("/")[0] for outcome in outcomes if outcome.state is CaseState.FAILED}
    assert failed == {f"{number:02d}" for number, bad in enumerate(USED) if bad.name not in NO_CASE}
    assert outcomes[-1].name == "zz/good"
    assert outcomes[-1].state is CaseState.DONE
    assert isinstance(events[-1], BatchSummary)
    assert events[-1].failed == len(failed)


def test_every_failure_has_a_cause_that_names_neither_file_nor_folder(source: Path, events: list[BatchEvent]) -> None:
    files = {path.name for path in source.rglob("*") if path.is_file()}
    for event in events:
        if isinstance(event, Finished) and event.outcome.state is CaseState.FAILED:
            public = event.outcome.public_message
            assert len(public) > 20
            assert not [secret for secret in (SECRET, "1.2.3.4", *files) if secret in public], public


def test_label_maps_and_other_modalities_are_left_out_with_their_reason(events: list[BatchEvent]) -> None:
    assert isinstance(events[0], Planned)
    reasons = sorted(skipped.reason for skipped in events[0].skipped)
    assert reasons == ["is a label map", "is a label map", "is of modality MR, not CT"]
