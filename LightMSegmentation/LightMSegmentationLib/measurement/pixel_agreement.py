"""How well masks of photographs agree, as papers on two-dimensional segmentation report it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class PixelAgreement:
    """Counts of pixels by prediction and reference, and the measures made of them, each 0 to 1.

    Source: Ruan and Xiang, "VM-UNet" (2024), section 4.3, whose code counts the pixels of all pictures together. A
    measure whose divisor is zero is 0, as there.
    """

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def miou(self) -> float:
        """Intersection over union of the foreground, which the papers call mIoU."""
        return _part(self.true_positive, self.true_positive + self.false_positive + self.false_negative)

    @property
    def dsc(self) -> float:
        """Dice similarity coefficient of the foreground."""
        return _part(2 * self.true_positive, 2 * self.true_positive + self.false_positive + self.false_negative)

    @property
    def accuracy(self) -> float:
        """Part of all pixels that are right."""
        right = self.true_positive + self.true_negative
        return _part(right, right + self.false_positive + self.false_negative)

    @property
    def specificity(self) -> float:
        """Part of the reference's background that is right."""
        return _part(self.true_negative, self.true_negative + self.false_positive)

    @property
    def sensitivity(self) -> float:
        """Part of the reference's foreground that is right."""
        return _part(self.true_positive, self.true_positive + self.false_negative)

    @property
    def as_plain(self) -> dict[str, float]:
        """The measures by the names that the papers give them."""
        names = ("miou", "dsc", "accuracy", "specificity", "sensitivity")
        return {name: getattr(self, name) for name in names}

    def __add__(self, other: PixelAgreement) -> PixelAgreement:
        return PixelAgreement(
            self.true_positive + other.true_positive,
            self.false_positive + other.false_positive,
            self.false_negative + other.false_negative,
            self.true_negative + other.true_negative,
        )


def _part(count: int, total: int) -> float:
    return count / total if total else 0.0


def compare_masks(prediction: np.ndarray, reference: np.ndarray) -> PixelAgreement:
    """Count the pixels of two boolean masks (rows, columns).

    Raises
    ------
    UnusableInputError
        When the masks are of different sizes.
    """
    if prediction.shape != reference.shape:
        sizes = " and ".join(f"{shape[1]} x {shape[0]}" for shape in (prediction.shape, reference.shape))
        cause = f"The masks have different sizes, {sizes} pixels."
        raise UnusableInputError(cause, "Compare masks of the same picture.")
    hit = int(np.count_nonzero(prediction & reference))
    predicted, true = int(np.count_nonzero(prediction)), int(np.count_nonzero(reference))
    return PixelAgreement(hit, predicted - hit, true - hit, prediction.size - predicted - true + hit)


def total_of(agreements: Iterable[PixelAgreement]) -> PixelAgreement:
    """Return the agreement of all pictures' pixels taken together."""
    return sum(agreements, PixelAgreement(0, 0, 0, 0))
