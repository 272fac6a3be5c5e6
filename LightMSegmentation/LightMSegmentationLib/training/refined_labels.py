"""Where a label that another network drew is not to be believed: what a teacher takes for liver and it does not.

The liver labels of kind ``liver-pseudo`` leave out large tumors, most of all in the arterial phase: trained on as
background, they teach to leave them out. Where a teacher, which has learned from experts' labels as well, sees liver
that the label leaves out, the label becomes unknown: it then teaches nothing, and what others teach counts. The teacher
is not believed either where spleen and heart are, which it may take for liver.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.inference.postprocess import clean_labels
from LightMSegmentationLib.training.ball import opened
from LightMSegmentationLib.training.targets import BACKGROUND, UNKNOWN
from LightMSegmentationLib.training.validation import case_logits

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.inference.model import LoadedStage
    from LightMSegmentationLib.training.archive import Archive, PackedCase

PSEUDO = "liver-pseudo"
_RIGHT_OF_CENTER_MM = 10.0
_SOFTENED_MM = 4.0
"""A border that both draw a little differently is no disagreement about an organ."""


def refined_archive(
    archive: Archive, teacher: LoadedStage, report: Callable[[str], None] = lambda _name: None
) -> Archive:
    """Return the archive with the doubtful background of every pseudo-labeled case turned into ``UNKNOWN``."""
    return replace(archive, cases=tuple(_refined(case, archive, teacher, report) for case in archive.cases))


def doubtful_background(
    target: np.ndarray, organ: np.ndarray, center_i: float, spacing_kji: tuple[float, float, float]
) -> np.ndarray:
    """Return the voxels (bool, k, j, i) of background that a teacher's ``organ`` makes doubtful.

    These are voxels of the one liver that it sees which lie on the right of the body's center (``center_i``, an index),
    where neither spleen nor most of the heart is, or between parts of the labeled liver in a slice; not thin rims.
    """
    liver = clean_labels(organ.astype(np.uint8), spacing_kji, 0.0, center_i) > 0
    near = _rows_between(target > BACKGROUND)
    near[:, :, : max(0, round(center_i - _RIGHT_OF_CENTER_MM / spacing_kji[2]))] = True
    missed = liver & near & (target == BACKGROUND)
    return missed & opened(missed | (target == UNKNOWN), _SOFTENED_MM, spacing_kji)


def _refined(case: PackedCase, archive: Archive, teacher: LoadedStage, report: Callable[[str], None]) -> PackedCase:
    if case.labels != PSEUDO or case.split != "train":
        return case
    report(case.name)
    organ = case_logits(teacher, case, archive.spacing_mm, torch.device("cpu")).argmax(axis=0) > 0
    doubtful = doubtful_background(case.target, organ, case.center[0], archive.spacing_mm[::-1])
    return replace(case, target=np.where(doubtful, UNKNOWN, case.target).astype(np.uint8))


def _rows_between(mask: np.ndarray) -> np.ndarray:
    """Return the voxels with the mask on both sides of them in the same row of a slice, or in the same column."""
    spans = []
    for axis in (1, 2):
        before = np.maximum.accumulate(mask, axis=axis)
        after = np.flip(np.maximum.accumulate(np.flip(mask, axis), axis=axis), axis)
        spans.append(before & after)
    return spans[0] | spans[1]
