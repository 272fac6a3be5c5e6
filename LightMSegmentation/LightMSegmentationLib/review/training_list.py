"""Accepted and corrected cases of a batch as training data, in the form that ``lightm train --data`` takes."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_input import readable_path
from LightMSegmentationLib.batch.review_ledger import Decision
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.imaging.itk_image import itk_path
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.imaging.write import write_label_map
from LightMSegmentationLib.label_file import read_labels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.batch.review_ledger import Review
    from LightMSegmentationLib.review.review_queue import ReviewQueue

MANIFEST = "manifest.csv"
COLUMNS = ("case", "patient", "split", "labels", "phase", "source", "licence")

_EXPERT_TUMORS = "liver+tumor"
_ONE_IN = 5


@dataclass(frozen=True)
class TrainingList:
    """What was written: cases by how they were decided, and those that could not be read, with the reason."""

    accepted: int
    corrected: int
    left_out: tuple[str, ...]


def write_training_list(queue: ReviewQueue, folder: Path, tell: Callable[[str], object]) -> TrainingList:
    """Write scan and labels of every accepted or corrected case, and the list of them, into ``folder``.

    Cases are called by their number and patients by letters and numbers, so that names stay where they are. A fifth of
    the patients, chosen by a digest of their identity, is for validation, and stays so when cases are added later.
    What is in the folder already is written anew.

    Raises
    ------
    UnusableInputError
        When no case was accepted or corrected, or the folder can't be written.
    """
    rows, left_out, counts = [], [], {Decision.ACCEPTED: 0, Decision.CORRECTED: 0}
    for name, review in sorted(queue.reviews.reviews().items()):
        if review.decision is Decision.REJECTED or name not in queue.entries:
            continue
        tell(name)
        try:
            rows.append(_written(queue, review, folder))
            counts[review.decision] += 1
        except UnusableInputError as error:
            left_out.append(str(error))
    if not rows:
        reason = f" {left_out[0]}" if left_out else ""
        cause = f"No case of this batch was accepted or corrected.{reason}"
        raise UnusableInputError(cause, "Review some cases first.")
    with atomic_path(folder / MANIFEST) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return TrainingList(counts[Decision.ACCEPTED], counts[Decision.CORRECTED], tuple(left_out))


def _written(queue: ReviewQueue, review: Review, folder: Path) -> dict[str, str]:
    """Write one case and return its row."""
    entry = queue.entries[review.name]
    label_file = review.segmentation or entry.outcome.segmentation
    if label_file is None:
        cause = f"{review.name} has no segmentation: no liver was found, and that was accepted."
        raise UnusableInputError(cause, "It can't be trained with.")
    batch_case = queue.batch_case(review.name)
    with readable_path(batch_case) as path:
        scan = read_volume(path, batch_case.series_uid).volume
    labels = read_labels(queue.target / label_file)
    name = f"case-{entry.outcome.number:04d}"
    _write_scan(scan, folder / f"{name}_ct.nii.gz")
    write_label_map(Volume(labels.array, scan.grid), folder / f"{name}_label.nii.gz")
    patient = _digest(entry.subject.patient or review.name)
    return {
        "case": name,
        "patient": f"patient-{patient[:8]}",
        "split": "validation" if int(patient, 16) % _ONE_IN == 0 else "train",
        "labels": _EXPERT_TUMORS,
        "phase": "unknown",
        "source": f"reviewed batch ({review.decision.value})",
        "licence": "that of the scans",
    }


def _write_scan(scan: Volume, path: Path) -> None:
    import SimpleITK as sitk

    with atomic_path(path) as temporary:
        sitk.WriteImage(scan.to_image(), itk_path(temporary), useCompression=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
