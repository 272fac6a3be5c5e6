"""What all datasets are: cases with an image, masks and a split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TRAIN, VALIDATION, TEST = "train", "validation", "test"
VALIDATION_PART = 0.2


@dataclass(frozen=True)
class DatasetCase:
    """One image and its reference, which is the union of its ``masks`` (none where the dataset keeps it to itself)."""

    name: str
    patient: str
    split: str
    image: Path
    masks: tuple[Path, ...]


@dataclass(frozen=True)
class Dataset:
    """A dataset by its layout; ``scans`` tells whether its images are CT volumes rather than pictures."""

    title: str
    license: str
    scans: bool
    cases: tuple[DatasetCase, ...]

    @property
    def labeled(self) -> tuple[DatasetCase, ...]:
        """The cases that have a reference."""
        return tuple(case for case in self.cases if case.masks)


def split_of(patient: str) -> str:
    """Return train or validation, about four to one, the same for a patient on every computer and in any order."""
    number = int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8], "big")
    return VALIDATION if number < VALIDATION_PART * 2**64 else TRAIN
