"""Pictures of the papers' datasets with their labels, as the network will see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.datasets.dataset import TRAIN, VALIDATION
from LightMSegmentationLib.datasets.find import find_dataset
from LightMSegmentationLib.datasets.synapse import read_prepared
from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.imaging.photo import read_foreground, read_photo
from LightMSegmentationLib.imaging.photo_names import is_photo
from LightMSegmentationLib.inference.slice_input import photo_input, resized, scaled_input

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.datasets.dataset import Dataset, DatasetCase
    from LightMSegmentationLib.inference.slice_plan import SlicePlan

SPLITS = (TRAIN, VALIDATION)


@dataclass(frozen=True)
class Picture:
    """An image (channels, rows, columns), float32, and its labels (rows, columns), uint8, at the network's size."""

    image: np.ndarray
    labels: np.ndarray


def find_pictures(folder: Path, plan: SlicePlan) -> Dataset:
    """Return the dataset in a folder, whose pictures must be what the network looks at.

    Raises
    ------
    UsageError
        When the folder holds no dataset that is known, or one of the other source.
    """
    dataset = find_dataset(folder)
    cases = picture_cases(dataset) if dataset is not None else ()
    if dataset is None or not cases:
        cause = f"The folder {folder} holds no labeled pictures in a layout that is known here."
        raise UsageError(cause, "Name the folder of Montgomery, Shenzhen, ISIC or Synapse; see docs/reproduce.md.")
    if any(_source(case) != plan.source for case in cases):
        cause = f"{dataset.title} has no pictures for a network that looks at the source '{plan.source}'."
        raise UsageError(cause, "Choose another configuration, or another folder.")
    return dataset


def picture_cases(dataset: Dataset) -> tuple[DatasetCase, ...]:
    """Return what can be trained on or validates: labeled pictures that the dataset does not keep for its test."""
    return tuple(case for case in dataset.labeled if case.split in SPLITS)


def read_picture(case: DatasetCase, plan: SlicePlan) -> Picture:
    """Return a case's picture and its labels.

    Raises
    ------
    UnusableInputError
        When a file can't be read, image and mask differ in size, or a label is none of the network's classes.
    """
    image, labels = _prepared(case, plan) if plan.source == "ct" else _photo(case, plan)
    if labels.max(initial=0) >= len(plan.labels):
        cause = f"{case.image.name} has a label {labels.max()}, the network tells {len(plan.labels)} classes."
        raise UnusableInputError(cause, "Name all classes in the configuration.")
    return Picture(image, resized(labels[None], plan.size, order=0)[0])


def _source(case: DatasetCase) -> str:
    """Return ``photo``, ``ct`` for a prepared slice, or nothing for a whole scan, which is no picture."""
    if is_photo(case.image):
        return "photo"
    return "ct" if case.image.suffix == ".npz" else ""


def _prepared(case: DatasetCase, plan: SlicePlan) -> tuple[np.ndarray, np.ndarray]:
    """Return a slice whose values lie in 0..1 already; both sides of the plan's scale are used."""
    image, labels = read_prepared(case.image)
    low, high = plan.scaled_to
    return scaled_input((image * (high - low) + low)[None], plan), labels


def _photo(case: DatasetCase, plan: SlicePlan) -> tuple[np.ndarray, np.ndarray]:
    pixels = read_photo(case.image)
    masks = [read_foreground(path) for path in case.masks]
    for path, mask in zip(case.masks, masks, strict=True):
        if mask.shape != pixels.shape[:2]:
            cause = f"{path.name} has another size than the picture that it belongs to."
            raise UnusableInputError(cause, "Get the file again.")
    return photo_input(pixels, plan), np.any(masks, axis=0).astype(np.uint8)
