"""Healthy-looking liver teaches what is no tumor; what may be a tumor goes on teaching nothing."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.training.archive import Archive, PackedCase
from LightMSegmentationLib.training.healthy_liver import healthy_liver, with_healthy_liver
from LightMSegmentationLib.training.intensity import encode
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, LIVER_OR_TUMOR, TUMOR

SPACING = (2.0, 2.0, 2.0)
TOLERANCE_HU = 12.0


@pytest.fixture
def target() -> np.ndarray:
    """A liver of 88 mm in fat, whose tumors nobody labeled."""
    codes = np.zeros((52, 52, 52), np.uint8)
    codes[4:48, 4:48, 4:48] = LIVER_OR_TUMOR
    return codes


@pytest.fixture
def hu(target: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0.0, 15.0, target.shape)
    return (np.where(target > BACKGROUND, 100.0, -80.0) + noise).astype(np.float32)


def ball(radius_mm: float) -> np.ndarray:
    offsets = np.indices((52, 52, 52)) - 26
    return 2.0 * np.sqrt((offsets**2).sum(axis=0)) <= radius_mm


def test_all_of_an_even_liver_is_healthy_up_to_its_border(hu: np.ndarray, target: np.ndarray) -> None:
    np.testing.assert_array_equal(healthy_liver(hu, target, TOLERANCE_HU, SPACING), target == LIVER_OR_TUMOR)


@pytest.mark.parametrize("contrast_hu", [-40.0, 40.0], ids=["darker", "brighter"])
def test_a_tumor_and_what_is_near_it_stay_unknown(hu: np.ndarray, target: np.ndarray, contrast_hu: float) -> None:
    healthy = healthy_liver(hu + contrast_hu * ball(14.0), target, TOLERANCE_HU, SPACING)
    assert not healthy[ball(18.0)].any()
    assert healthy[(target == LIVER_OR_TUMOR) & ~ball(30.0)].all()


def test_a_vessel_is_healthy(hu: np.ndarray, target: np.ndarray) -> None:
    hu[:, 25:27, 25:27] += 60.0
    assert healthy_liver(hu, target, TOLERANCE_HU, SPACING)[target == LIVER_OR_TUMOR].all()


def test_labeled_tumors_and_livers_are_nothing_to_judge(hu: np.ndarray) -> None:
    labels = np.full(hu.shape, LIVER, np.uint8)
    labels[ball(10.0)] = TUMOR
    assert not healthy_liver(hu, labels, TOLERANCE_HU, SPACING).any()


def test_only_training_cases_of_an_archive_are_judged_and_its_hash_says_so(hu: np.ndarray, target: np.ndarray) -> None:
    cases = tuple(
        PackedCase(split, split, split, "liver", "arterial", (26.0, 26.0, 26.0), encode(hu), target)
        for split in ("train", "validation")
    )
    judged = with_healthy_liver(Archive(cases, SPACING, "a" * 64), TOLERANCE_HU)
    trained, validated = judged.cases
    assert (trained.target == LIVER).sum() == (target == LIVER_OR_TUMOR).sum()
    np.testing.assert_array_equal(validated.target, target)
    assert judged.sha256 != "a" * 64
