"""Gallbladders and cysts are as dark as water; the former are no liver, the latter are, and neither is tumor."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.training.fluid import add_fluid
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, LIVER_OR_TUMOR, TUMOR

SPACING = np.array([2.0, 2.0, 2.0])
Patch = tuple[np.ndarray, np.ndarray]


def patch(code: int) -> Patch:
    target = np.zeros((48, 48, 48), np.uint8)
    target[:, :, :30] = code
    return np.where(target > BACKGROUND, 110.0, -40.0).astype(np.float32), target


def many(code: int) -> list[Patch]:
    rng = np.random.default_rng(0)
    return [add_fluid(*patch(code), SPACING, rng) for _ in range(30)]


def changed(grown: Patch) -> np.ndarray:
    return np.abs(grown[0] - patch(LIVER)[0]) > 50.0


def test_what_is_added_is_water() -> None:
    for hu, target in many(LIVER):
        wet = changed((hu, target))
        assert wet.any()
        assert -20.0 < np.percentile(hu[wet], 10) < 25.0


def test_a_gallbladder_is_background_and_a_cyst_liver() -> None:
    kinds = {bool((target != patch(LIVER)[1]).any()) for _, target in many(LIVER)}
    assert kinds == {True, False}
    for hu, target in many(LIVER):
        gallbladder = target != patch(LIVER)[1]
        assert not gallbladder.any() or (target[gallbladder] == BACKGROUND).all()
        assert not (target == TUMOR).any()
        if not gallbladder.any():
            assert not changed((hu, target))[:, :, 31:].any()


def test_a_cyst_in_a_liver_with_unlabeled_tumors_is_certainly_liver() -> None:
    assert any((target == LIVER).any() for _, target in many(LIVER_OR_TUMOR))


def test_no_tumor_is_hidden() -> None:
    for hu, target in many(TUMOR):
        np.testing.assert_array_equal(target, patch(TUMOR)[1])
        np.testing.assert_array_equal(hu, patch(TUMOR)[0])


@pytest.mark.parametrize("code", [BACKGROUND])
def test_without_liver_nothing_is_added(code: int) -> None:
    hu, target = add_fluid(*patch(code), SPACING, np.random.default_rng(0))
    np.testing.assert_array_equal(target, patch(code)[1])
    np.testing.assert_array_equal(hu, patch(code)[0])
