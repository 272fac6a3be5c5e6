"""What is drawn of a prediction: cleaned, without doubtful lesions and what they leave behind."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.inference.confidence import LesionConfidence, tumor_probability
from LightMSegmentationLib.inference.model_card import Calibration
from LightMSegmentationLib.inference.prediction import Prediction, drawn
from LightMSegmentationLib.inference.result import LIVER, TUMOR

GRID = Grid((40, 30, 20), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
LIVER_BOX, DETACHED = np.s_[2:18, 4:26, 4:24], np.s_[8:11, 8:11, 25:28]
SURE, DOUBTFUL = np.s_[6:9, 8:11, 8:11], np.s_[12:15, 15:18, 12:15]


@pytest.fixture
def prediction() -> Prediction:
    """A liver with a sure lesion, a doubtful one, and a doubtful one a voxel outside."""
    logits = np.zeros((3, *GRID.shape), np.float32)
    logits[0] = 4.0
    logits[(LIVER, *LIVER_BOX)] = 8.0
    for place, strength in ((SURE, 20.0), (DOUBTFUL, 8.5), (DETACHED, 8.5)):
        logits[(LIVER, *place)] = 8.0
        logits[(TUMOR, *place)] = strength
    return Prediction(logits, GRID, midline=30.0)


def judge(prediction: Prediction, threshold: float) -> LesionConfidence:
    calibration = Calibration(lesion_threshold=threshold)
    return LesionConfidence(tumor_probability(prediction.logits, prediction.grid, calibration), calibration)


def test_without_a_judge_every_lesion_is_drawn(prediction: Prediction) -> None:
    result = drawn(prediction, GRID)
    assert result is not None
    assert result.dropped == 0
    assert all((result.labels.array[place] == TUMOR).all() for place in (SURE, DOUBTFUL, DETACHED))


def test_a_doubtful_lesion_becomes_liver_and_one_outside_disappears(prediction: Prediction) -> None:
    result = drawn(prediction, GRID, judge(prediction, 0.9))
    assert result is not None
    assert result.dropped == 2
    assert (result.labels.array[SURE] == TUMOR).all()
    assert (result.labels.array[DOUBTFUL] == LIVER).all()
    assert not result.labels.array[DETACHED].any()


def test_a_liver_that_is_too_small_is_none(prediction: Prediction) -> None:
    prediction.logits[(LIVER, *LIVER_BOX)] = 0.0
    prediction.logits[TUMOR] = 0.0
    assert drawn(prediction, GRID) is None
