"""The cases of a data folder, as its ``manifest.csv`` lists them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from LightMSegmentationLib.errors import UnusableInputError

EXPERT_TUMORS = "liver+tumor"
"""The kind of label that says of every voxel whether it is tumor."""


@dataclass(frozen=True)
class Case:
    """One scan: who it shows, what it is for, which labels can be trusted, and under which terms it may be used."""

    name: str
    patient: str
    split: str
    labels: str
    phase: str
    source: str
    licence: str
    image: Path
    label: Path


def read_manifest(folder: Path) -> list[Case]:
    """Read ``manifest.csv`` of a folder of ``<case>_ct.nii.gz`` and ``<case>_label.nii.gz`` pairs.

    Raises
    ------
    UnusableInputError
        When the manifest is missing or one patient is in more than one split.
    """
    path = folder / "manifest.csv"
    if not path.is_file():
        cause = f"The data folder {folder} has no manifest.csv."
        raise UnusableInputError(cause, "Name the folder that holds manifest.csv and the cases.")
    with path.open(encoding="utf-8", newline="") as stream:
        cases = [_case(folder, row) for row in csv.DictReader(stream)]
    _check_split(cases)
    return cases


def _case(folder: Path, row: dict[str, str]) -> Case:
    name = row["case"]
    return Case(
        name=name,
        patient=row["patient"],
        split=row["split"],
        labels=row["labels"],
        phase=row["phase"],
        source=row["source"],
        licence=row["licence"],
        image=folder / f"{name}_ct.nii.gz",
        label=folder / f"{name}_label.nii.gz",
    )


def _check_split(cases: list[Case]) -> None:
    splits: dict[str, str] = {}
    for case in cases:
        if splits.setdefault(case.patient, case.split) != case.split:
            cause = f"The patient {case.patient} is in more than one split."
            raise UnusableInputError(cause, "Correct the split column of manifest.csv.")
