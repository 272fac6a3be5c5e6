"""The queue of a batch: its order, its cases, its decisions, and what of it is trained with."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from LightMSegmentationLib.batch.review_ledger import Decision
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.label_file import read_labels
from LightMSegmentationLib.review.review_queue import ReviewQueue, decided, uncertainty_of
from LightMSegmentationLib.review.training_list import write_training_list
from LightMSegmentationLib.seg_nrrd import write_seg_nrrd
from LightMSegmentationLib.training.cases import read_manifest

from Testing.review.small_batch import DOUBTFUL, SURE, WITHOUT, write_small_batch
from Testing.review.small_case import small_case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_batch(tmp_path_factory.mktemp("batch"))


@pytest.fixture
def target(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of the batch's output that a test may change; its scans stay where they are."""
    return shutil.copytree(finished, tmp_path / "out")


@pytest.fixture
def queue(target: Path) -> Iterator[ReviewQueue]:
    queue = ReviewQueue(target)
    yield queue
    queue.close()


@pytest.mark.parametrize(("confidence", "doubt"), [(0.5, 1.0), (0.9, 0.2), (0.1, 0.2), (None, 1.0)])
def test_a_model_is_most_unsure_of_a_lesion_between_yes_and_no(confidence: float | None, doubt: float) -> None:
    prediction = small_case(confidence).prediction
    assert prediction is not None
    assert uncertainty_of(prediction.findings) == pytest.approx(doubt)


def test_without_lesions_the_model_is_taken_at_its_word() -> None:
    assert uncertainty_of(None) == 0.0


def test_the_most_doubtful_case_comes_first(queue: ReviewQueue) -> None:
    assert queue.order() == [DOUBTFUL, SURE, WITHOUT]
    doubts = [round(case.uncertainty, 3) for case in queue.cases("anna")]
    assert doubts == [0.5, 0.25, 0.0]


def test_a_case_is_read_with_what_the_batch_found(queue: ReviewQueue, finished: Path) -> None:
    case = queue.read(SURE)
    assert case.prediction is not None
    scan = read_volume(finished.parent / "in" / f"{SURE}.nii.gz").volume
    assert np.array_equal(case.scan.volume.array, scan.array)
    assert case.prediction.labels.grid == case.scan.volume.grid
    assert [lesion.confidence for lesion in case.prediction.findings.lesions] == [0.875]


def test_a_decision_is_seen_by_all(queue: ReviewQueue, target: Path) -> None:
    queue.decide(SURE, Decision.ACCEPTED, "fine", "anna")
    other = ReviewQueue(target)
    cases = {case.name: case for case in other.cases("ben")}
    other.close()
    assert cases[SURE].review is not None
    assert (cases[SURE].review.decision, cases[SURE].review.note) == (Decision.ACCEPTED, "fine")
    assert decided(cases.values()) == 1


def test_a_case_of_another_browser_is_marked(queue: ReviewQueue) -> None:
    queue.reviews.lease(DOUBTFUL, "ben")
    assert {case.name for case in queue.cases("anna") if case.is_taken} == {DOUBTFUL}
    assert not any(case.is_taken for case in queue.cases("ben"))


def test_a_corrected_case_is_opened_with_its_correction(queue: ReviewQueue) -> None:
    predicted = queue.read(SURE).labels
    corrected = Volume(np.where(predicted.array == 2, 1, predicted.array).astype(np.uint8), predicted.grid)
    write_seg_nrrd(corrected, queue.place_for_correction(SURE))
    queue.decide(SURE, Decision.CORRECTED, "", "anna")
    case = queue.read(SURE, queue.reviews.reviews()[SURE])
    assert case.corrected is not None
    assert np.array_equal(case.corrected.array, corrected.array)
    assert np.array_equal(case.labels.array, predicted.array)


def test_a_folder_that_is_no_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="no output folder of lightm batch"):
        ReviewQueue(tmp_path)


def test_a_batch_of_dicom_segmentations_is_refused_with_the_option_that_writes_others(target: Path) -> None:
    with Ledger(target / LEDGER_NAME) as ledger:
        entry = ledger.entries()[SURE]
        ledger.record(replace(entry.outcome, segmentation=f"{SURE}.seg.dcm"), entry.key)
    queue = ReviewQueue(target)
    with pytest.raises(UnusableInputError, match=r"lightm batch --format seg\.nrrd"):
        queue.read(SURE)
    queue.close()


def test_scans_that_moved_are_found_where_they_are_named(target: Path, finished: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(finished.parent / "in", tmp_path / "elsewhere")
    queue = ReviewQueue(target, moved)
    assert queue.read(SURE).name == SURE
    queue.close()
    with pytest.raises(UnusableInputError, match="--source"):
        ReviewQueue(target, tmp_path / "nowhere")


def test_a_scan_that_is_gone_says_so(target: Path, finished: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(finished.parent / "in", tmp_path / "elsewhere")
    (moved / f"{SURE}.nii.gz").unlink()
    queue = ReviewQueue(target, moved)
    with pytest.raises(UnusableInputError, match=f"The scan of {SURE} is no longer"):
        queue.read(SURE)
    queue.close()


def test_accepted_and_corrected_cases_become_training_data_as_training_takes_it(
    queue: ReviewQueue, tmp_path: Path
) -> None:
    labels = queue.read(DOUBTFUL).labels
    corrected = Volume(np.where(labels.array == 2, 1, labels.array).astype(np.uint8), labels.grid)
    write_seg_nrrd(corrected, queue.place_for_correction(DOUBTFUL))
    queue.decide(DOUBTFUL, Decision.CORRECTED, "", "anna")
    queue.decide(SURE, Decision.ACCEPTED, "", "anna")
    queue.decide(WITHOUT, Decision.REJECTED, "no lesion", "anna")
    told: list[str] = []

    written = write_training_list(queue, tmp_path / "data", told.append)

    assert (written.accepted, written.corrected, written.left_out) == (1, 1, ())
    cases = {case.source: case for case in read_manifest(tmp_path / "data")}
    assert set(cases) == {"reviewed batch (accepted)", "reviewed batch (corrected)"}
    assert all(case.image.is_file() and case.split in ("train", "validation") for case in cases.values())
    assert np.array_equal(read_labels(cases["reviewed batch (corrected)"].label).array, corrected.array)
    accepted = cases["reviewed batch (accepted)"]
    assert np.array_equal(read_labels(accepted.label).array, queue.read(SURE).labels.array)
    assert np.array_equal(read_volume(accepted.image).volume.array, queue.read(SURE).scan.volume.array)


def test_the_training_data_names_no_patient_and_no_file(queue: ReviewQueue, tmp_path: Path) -> None:
    queue.decide(SURE, Decision.ACCEPTED, "", "anna")
    write_training_list(queue, tmp_path / "data", lambda _: None)
    text = (tmp_path / "data" / "manifest.csv").read_text(encoding="utf-8")
    assert SURE not in text
    assert not any(SURE in path.name for path in (tmp_path / "data").iterdir())


def test_without_reviews_there_is_nothing_to_train_with(queue: ReviewQueue, tmp_path: Path) -> None:
    queue.decide(SURE, Decision.REJECTED, "motion", "anna")
    with pytest.raises(UnusableInputError, match="No case of this batch was accepted"):
        write_training_list(queue, tmp_path / "data", lambda _: None)
