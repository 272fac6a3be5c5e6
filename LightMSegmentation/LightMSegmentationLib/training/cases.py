"""The cases of a data folder, as its ``manifest.csv`` lists them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from LightMSegmentationLib.datasets.find import find_dataset
from LightMSegmentationLib.errors import UnusableInputError

EXPERT_TUMORS = "liver+tumor"
"""The kind of label that says of every voxel whether it is tumor."""


LIVER_DATASETS = ("LiTS", "MSD Task03 Liver")


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

    Without a manifest the folder may hold LiTS or Task03 of the Medical Segmentation Decathlon as they are handed out.

    Raises
    ------
    UnusableInputError
        When there is neither, or one patient is in more than one split.
    """
    path = folder / "manifest.csv"
    if not path.is_file():
        return _public_cases(folder)
    with path.open(encoding="utf-8", newline="") as stream:
        cases = [_case(folder, row) for row in csv.DictReader(stream)]
    _check_split(cases)
    return cases


def _public_cases(folder: Path) -> list[Case]:
    """Return the labeled cases of a public dataset of livers; both label liver as 1 and tumor as 2."""
    dataset = find_dataset(folder)
    if dataset is None or dataset.title not in LIVER_DATASETS:
        cause = f"The data folder {folder} has no manifest.csv and is no dataset of liver tumors that is known here."
        raise UnusableInputError(
            cause, "Name the folder that holds manifest.csv and the cases, or LiTS, or MSD Task03."
        )
    return [
        Case(one.name, one.patient, one.split, EXPERT_TUMORS, "venous", dataset.title, dataset.license, one.image, mask)
        for one in dataset.labeled
        for mask in one.masks
    ]


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
