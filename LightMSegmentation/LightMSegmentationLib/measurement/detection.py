"""Which lesions a segmentation finds, and which it invents, by their size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.inference.result import TUMOR
from LightMSegmentationLib.measurement.components import components
from LightMSegmentationLib.measurement.diameter import largest_axial_diameter

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume

LEAST_SHARE = 0.1
"""A lesion counts as met when the other segmentation's tumor covers at least this share of it.

Coverage instead of the IoU of matched pairs (Bilic et al., Med Image Anal 2023): lesions that one side joins and the
other keeps apart are met all the same.
"""

SIZES_MM = (0.0, 10.0, 20.0, float("inf"))
"""Limits of the size classes by largest axial diameter; RECIST 1.1 calls lesions from 10 mm on measurable."""


@dataclass(frozen=True)
class Detection:
    """Lesions from ``from_mm`` up to, not including, ``below_mm`` (None: no limit) of largest axial diameter.

    ``found`` of the ``reference_lesions`` are met by the prediction; ``false_positives`` of the ``predicted_lesions``
    are not met by the reference. Reference lesions are sized by the reference, predicted lesions by the prediction.
    """

    from_mm: float
    below_mm: float | None
    reference_lesions: int
    found: int
    predicted_lesions: int
    false_positives: int

    @property
    def sensitivity(self) -> float | None:
        """Share of the reference lesions that are found; None when there are none."""
        return self.found / self.reference_lesions if self.reference_lesions else None


def detect(prediction: Volume, reference: Volume) -> tuple[Detection, ...]:
    """Compare the lesions of two label maps (2 is tumor) on one grid, by size class, smallest first.

    Lesions are 26-connected components.
    """
    predicted, true = (to_canonical(labels) for labels in (prediction, reference))
    masks = predicted.array == TUMOR, true.array == TUMOR
    spacing = true.grid.spacing[:2]
    references = _sized_and_met(masks[1], masks[0], spacing)
    predictions = _sized_and_met(masks[0], masks[1], spacing)
    return tuple(_class(low, high, references, predictions) for low, high in pairwise(SIZES_MM))


Sized = list[tuple[float, bool]]


def _sized_and_met(mask: np.ndarray, other: np.ndarray, spacing: tuple[float, float]) -> Sized:
    """Return for each lesion of ``mask`` its diameter in mm and whether ``other`` covers enough of it."""
    return [
        (largest_axial_diameter(own, spacing), bool(other[box.slices][own].mean() >= LEAST_SHARE))
        for box, own in components(mask)
    ]


def _class(low: float, high: float, references: Sized, predictions: Sized) -> Detection:
    true, predicted = ([met for size, met in lesions if low <= size < high] for lesions in (references, predictions))
    limit = None if np.isinf(high) else high
    return Detection(low, limit, len(true), sum(true), len(predicted), len(predicted) - sum(predicted))
