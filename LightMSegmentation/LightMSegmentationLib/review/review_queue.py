"""The cases of a batch that wait for a reviewer, the most doubtful first."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_input import readable_path
from LightMSegmentationLib.batch.case_writer import DICOM_SEG
from LightMSegmentationLib.batch.discover import discover
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from LightMSegmentationLib.batch.outcome import CaseState
from LightMSegmentationLib.batch.review_ledger import Decision, Review, ReviewLedger
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.same_place import same_place
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.label_file import read_labels
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.review.case import Case, Prediction, findings_of_report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case as BatchCase
    from LightMSegmentationLib.batch.ledger import Entry
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.measurement.findings import Findings

CORRECTIONS = "review"
"""The folder for corrected segmentations, in the output folder of the batch."""


@dataclass(frozen=True)
class QueuedCase:
    """A case of a batch; ``uncertainty`` is 0 where the model is sure, 1 where it could as well have said the opposite.

    ``decision`` is None while it waits; ``is_taken`` when another browser has it.
    """

    name: str
    uncertainty: float
    review: Review | None
    is_taken: bool


def uncertainty_of(findings: Findings | None) -> float:
    """Return how unsure a model is of a case: that of its most doubtful lesion, 1 - |2p - 1|.

    A lesion without a probability counts as 1. Where nothing was found the model is taken at its word: 0.
    """
    lesions = () if findings is None else findings.lesions
    doubts = (1.0 if one.confidence is None else 1.0 - abs(2.0 * one.confidence - 1.0) for one in lesions)
    return max(doubts, default=0.0)


class ReviewQueue:
    """The finished cases of the batch in the folder ``target``; its scans lie in ``source``, or where the ledger says.

    Raises
    ------
    UnusableInputError
        When the folder is none of a batch, or nobody knows where its scans are.
    """

    def __init__(self, target: Path, source: Path | None = None) -> None:
        path = target / LEDGER_NAME
        if not path.is_file():
            cause = f"{target} is no output folder of lightm batch: it holds no {LEDGER_NAME}."
            raise UnusableInputError(cause, "Give the folder that lightm batch wrote into.")
        self.target = target
        with Ledger(path) as ledger:
            entries = ledger.entries()
            self.source = source or ledger.source()
        if self.source is None or not self.source.exists():
            where = "nobody told" if self.source is None else f"{self.source} is not there"
            cause = f"The scans of this batch can't be found ({where})."
            raise UnusableInputError(cause, "Name their folder with --source.")
        self.entries = {name: entry for name, entry in entries.items() if entry.outcome.state.is_finished}
        self._findings = {name: self._reported(entry) for name, entry in self.entries.items()}
        self._cases: dict[str, BatchCase] | None = None
        self.reviews = ReviewLedger(path)

    def close(self) -> None:
        """Close the ledger."""
        self.reviews.close()

    def order(self) -> list[str]:
        """Return the names of all cases, the most doubtful first; equally doubtful ones by number."""

        def key(name: str) -> tuple[float, int]:
            return -round(uncertainty_of(self._findings[name]), 3), self.entries[name].outcome.number

        return sorted(self.entries, key=key)

    def cases(self, holder: str) -> list[QueuedCase]:
        """Return all cases in order, as ``holder`` sees them."""
        decided, held = self.reviews.reviews(), self.reviews.holders()
        return [
            QueuedCase(name, uncertainty_of(self._findings[name]), decided.get(name), held.get(name, holder) != holder)
            for name in self.order()
        ]

    def read(self, name: str, review: Review | None = None) -> Case:
        """Read the scan of a case, what the batch found in it, and what an earlier ``review`` made of that.

        Raises
        ------
        UnusableInputError
            When one of them is gone or can't be read.
        """
        with readable_path(self.batch_case(name)) as path:
            scan = read_volume(path, self.batch_case(name).series_uid)
        outcome = self.entries[name].outcome
        notes = tuple(text for text in (outcome.message,) if text)
        grid = scan.volume.grid
        corrects = review is not None and review.segmentation is not None
        corrected = self._labels(name, self.place_for_correction(name), grid) if corrects else None
        if outcome.state is CaseState.NO_LIVER or outcome.segmentation is None:
            return Case(name, scan, None, notes, corrected)
        if outcome.segmentation.endswith(DICOM_SEG):
            cause = "This batch wrote DICOM segmentations, which a review can't open."
            raise UnusableInputError(cause, "Run it again with lightm batch --format seg.nrrd, into another folder.")
        if outcome.liver_volume_ml is None:
            cause = "This batch was made with a model of other organs, which a review can't open."
            raise UnusableInputError(cause, "Look at it in Slicer, or run the batch with a model of the liver.")
        labels = self._labels(name, self.target / outcome.segmentation, grid)
        findings = self._findings[name] or measure(labels)
        return Case(name, scan, Prediction(labels, findings, Provenance()), notes, corrected)

    def batch_case(self, name: str) -> BatchCase:
        """Return the case as the batch found it in its source.

        Raises
        ------
        UnusableInputError
            When its scan is gone.
        """
        assert self.source is not None
        if self._cases is None:
            self._cases = {case.name: case for case in discover(self.source, self.target).cases}
        if name not in self._cases:
            cause = f"The scan of {name} is no longer in {self.source}."
            raise UnusableInputError(cause, "Put it back, or go on with the next case.")
        return self._cases[name]

    def place_for_correction(self, name: str) -> Path:
        """Return where the corrected segmentation of a case goes."""
        return self.target / CORRECTIONS / f"{name}.seg.nrrd"

    def decide(self, name: str, decision: Decision, note: str, holder: str) -> None:
        """Store a decision; that of a corrected case after its file was written.

        Raises
        ------
        UnusableInputError
            When another holds the case.
        """
        corrected = decision is Decision.CORRECTED
        file = self.place_for_correction(name).relative_to(self.target).as_posix() if corrected else None
        when = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self.reviews.decide(Review(name, decision, note, file, when), holder)

    @staticmethod
    def _labels(name: str, path: Path, grid: Grid) -> Volume:
        labels = read_labels(path)
        if not same_place(labels.grid, grid):
            cause = f"The segmentation of {name} does not lie where its scan is: one of them was changed."
            raise UnusableInputError(cause, "Run the batch again; it does changed cases anew.")
        return Volume(labels.array, grid)

    def _reported(self, entry: Entry) -> Findings | None:
        """Return the findings of a case's report; None where it has none, or can't be read."""
        if entry.outcome.report is None:
            return None
        try:
            return findings_of_report((self.target / entry.outcome.report).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def decided(cases: Iterable[QueuedCase]) -> int:
    """Return how many cases are decided."""
    return sum(case.review is not None for case in cases)
