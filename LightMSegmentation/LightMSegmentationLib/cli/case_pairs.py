"""Which prediction belongs to which reference and scan, by their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.datasets.find import find_dataset
from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from LightMSegmentationLib.datasets.dataset import Dataset

_ENDINGS = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
_REFERENCE, _SCAN = ("_label", "_labels", "_reference"), ("_ct", "_scan")


@dataclass(frozen=True)
class CasePair:
    """The files of one case; ``scan`` only serves the picture."""

    name: str
    prediction: Path
    reference: Path
    scan: Path | None


@dataclass(frozen=True)
class _File:
    """A file, the case that its name is about, and what it says to be (empty: a segmentation)."""

    path: Path
    case: str
    role: str


def find_pairs(predictions: Path, references: Path | None = None) -> list[CasePair]:
    """Return the cases of a folder, sorted by name.

    Parameters
    ----------
    predictions
        Folder of ``<case>.seg.nrrd`` or label maps. A name that ends in ``_label`` is a reference.
    references
        Folder of ``<case>_label.nii.gz`` or the like, or of files named as the predictions; None: they are in the
        folder of the predictions. A scan ``<case>_ct.nii.gz`` may lie beside the references. Or a public dataset of
        scans as it is handed out; predictions are then named after its scans.

    Raises
    ------
    UnusableInputError
        When a folder is missing or holds nothing of use, a prediction has no reference, or there are two for one case.
    """
    dataset = find_dataset(references) if references is not None else None
    if dataset is not None and dataset.scans:
        return _pairs_of(predictions, dataset)
    ours, theirs = _files(predictions), _files(references or predictions)
    labeled = _by_case([file for file in theirs if file.role == "reference"])
    if references is not None:
        labeled = {**_by_case([file for file in theirs if not file.role and file.case not in labeled]), **labeled}
    scans = _by_case([file for file in theirs if file.role == "scan"])
    # In a folder of their own, predictions may be named as the scans that they were made from.
    wanted = ("",) if references is None else ("", "scan")
    predicted = _by_case([file for file in ours if file.role in wanted])
    if not predicted:
        cause = f"The folder {predictions} holds no segmentation."
        raise UnusableInputError(cause, "Name the folder of the predictions (.seg.nrrd, .nii.gz, .nrrd, .mha).")
    if lacking := sorted(set(predicted) - set(labeled)):
        cause = f"There is no reference for {', '.join(lacking)} in {references or predictions}."
        raise UnusableInputError(cause, "Name references <case>_label.nii.gz, or their folder with --references.")
    return [
        CasePair(case, predicted[case].path, labeled[case].path, scans[case].path if case in scans else None)
        for case in sorted(predicted)
    ]


def _pairs_of(predictions: Path, dataset: Dataset) -> list[CasePair]:
    """Return the predictions for labeled cases of a public dataset."""
    known = {case.name: case for case in dataset.labeled}
    ours = {file.case.lower().removesuffix("_segmentation"): file.path for file in _files(predictions)}
    if lacking := sorted(ours.keys() - known.keys()):
        cause = f"{dataset.title} has no reference for {', '.join(lacking)}."
        raise UnusableInputError(cause, "Name predictions after the dataset's scans, such as volume-3.nii.gz.")
    return [CasePair(name, path, known[name].masks[0], known[name].image) for name, path in sorted(ours.items())]


def _files(folder: Path) -> list[_File]:
    if not folder.is_dir():
        cause = f"{folder} is no folder."
        raise UnusableInputError(cause, "Check the path.")
    return [file for path in sorted(folder.iterdir()) if path.is_file() and (file := _file(path))]


def _file(path: Path) -> _File | None:
    """Return what the name of a file says, or None when it is no image's."""
    ending = next((ending for ending in _ENDINGS if path.name.lower().endswith(ending)), None)
    if ending is None or path.name.startswith("."):
        return None
    name = path.name[: -len(ending)]
    for role, marks in (("reference", _REFERENCE), ("scan", _SCAN)):
        mark = next((mark for mark in marks if name.lower().endswith(mark)), None)
        if mark is not None:
            segments = ending == ".seg.nrrd" and role == "scan"  # a segmentation named after its scan
            return _File(path, name[: -len(mark)], "" if segments else role)
    return _File(path, name, "")


def _by_case(files: Iterable[_File]) -> dict[str, _File]:
    found: dict[str, _File] = {}
    for file in files:
        if file.case in found:
            cause = f"{found[file.case].path.name} and {file.path.name} are of the same case, {file.case}."
            raise UnusableInputError(cause, "Keep one file for each case in a folder.")
        found[file.case] = file
    return found
