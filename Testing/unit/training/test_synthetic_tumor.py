"""Synthetic tumors lie in the liver, have the size asked for and leave the rest of the scan alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from LightMSegmentationLib.training.blob import Blob
from LightMSegmentationLib.training.synthetic_tumor import TumorRecipe, grow_tumor, grow_tumors, random_recipe
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, LIVER_OR_TUMOR, TUMOR

SPACING = np.array([2.0, 2.0, 2.0])
CENTER = np.array([20, 20, 20])
BALL = TumorRecipe(
    shape=Blob(radius_mm=12.0, stretch=(1.0, 1.0, 1.0), turn=np.eye(3), roughness=0.0),
    edge_mm=1.0,
    contrast_hu=-50.0,
    texture_hu=0.0,
    mosaic_hu=0.0,
    necrosis_hu=0.0,
    necrosis_depth=0.4,
    rim_hu=0.0,
    rim_mm=2.0,
    calcium_hu=0.0,
    push=0.0,
    bulge_mm=0.0,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def liver() -> tuple[np.ndarray, np.ndarray]:
    """A liver of 110 HU that fills a cube but for a border of fat."""
    target = np.zeros((40, 40, 40), np.uint8)
    target[4:36, 4:36, 4:36] = LIVER
    return np.where(target == LIVER, 110.0, -40.0).astype(np.float32), target


def test_a_plain_tumor_is_a_ball_of_its_radius(liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> None:
    _, target = grow_tumor(*liver, CENTER, SPACING, BALL, rng)
    volume = (target == TUMOR).sum() * 8.0
    assert volume == pytest.approx(4 / 3 * np.pi * 12.0**3, rel=0.03)
    assert target[20, 20, 20 + 5] == TUMOR
    assert target[20, 20, 20 + 7] == LIVER


def test_its_contrast_is_the_one_asked_for(liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> None:
    hu, _ = grow_tumor(*liver, CENTER, SPACING, BALL, rng)
    assert hu[20, 20, 20] == pytest.approx(60.0, abs=1.0)
    assert hu[20, 20, 20 + 9] == pytest.approx(110.0, abs=1.0)


def test_a_tumor_at_the_border_stays_inside_the_liver(
    liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    hu, target = grow_tumor(*liver, np.array([5, 20, 20]), SPACING, BALL, rng)
    assert (target == TUMOR).any()
    outside = liver[1] == BACKGROUND
    np.testing.assert_array_equal(target[outside], BACKGROUND)
    np.testing.assert_array_equal(hu[:2], liver[0][:2])


def test_an_exophytic_tumor_grows_out_of_the_liver_but_not_over_bone(
    liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    hu, target = liver
    hu[:4, :, :20] = 600.0
    grown_hu, grown_target = grow_tumor(hu, target, np.array([5, 20, 20]), SPACING, replace(BALL, bulge_mm=4.0), rng)
    assert grown_target[2, 20, 22] == TUMOR
    assert grown_hu[3, 20, 22] == pytest.approx(60.0, abs=2.0)
    assert grown_target[3, 20, 18] == BACKGROUND
    np.testing.assert_array_equal(grown_target[:2], BACKGROUND)
    np.testing.assert_allclose(grown_hu[0], hu[0], atol=1.0)


def test_necrosis_darkens_the_core_and_a_rim_brightens_the_shell(
    liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    hu, _ = grow_tumor(
        *liver,
        CENTER,
        SPACING,
        replace(BALL, shape=replace(BALL.shape, radius_mm=16.0), necrosis_hu=-30.0, rim_hu=40.0),
        rng,
    )
    core, shell = hu[20, 20, 20], hu[20, 20, 20 + 7]
    assert core < 40.0
    assert shell > 75.0


def test_calcifications_are_brighter_than_anything_else_in_a_tumor(
    liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> None:
    plain, labels = grow_tumor(*liver, CENTER, SPACING, BALL, np.random.default_rng(1))
    chalky, _ = grow_tumor(*liver, CENTER, SPACING, replace(BALL, calcium_hu=250.0), rng)
    tumor = labels == TUMOR
    assert plain[tumor].max() < 115.0
    assert chalky[tumor].max() > 200.0
    assert np.median(chalky[tumor]) < 75.0


def test_mass_effect_moves_what_lies_around_and_keeps_the_tumor_s_size(rng: np.random.Generator) -> None:
    target = np.full((40, 40, 40), LIVER, np.uint8)
    hu = np.full(target.shape, 110.0, np.float32)
    hu[:, :, 27] = 150.0
    pushed, labels = grow_tumor(hu, target, CENTER, SPACING, replace(BALL, push=0.3), rng)
    vessel = pushed[20, 20, 24:].argmax() + 24
    assert vessel > 27
    assert (labels == TUMOR).sum() * 8.0 == pytest.approx(4 / 3 * np.pi * 12.0**3, rel=0.03)


def test_tumors_grow_in_livers_whose_own_tumors_are_unlabeled(rng: np.random.Generator) -> None:
    target = np.full((30, 30, 30), LIVER_OR_TUMOR, np.uint8)
    _, labels = grow_tumors(np.full(target.shape, 90.0, np.float32), target, SPACING, "arterial", rng)
    assert (labels == TUMOR).any()
    assert set(np.unique(labels)) <= {LIVER_OR_TUMOR, TUMOR}


def test_without_liver_nothing_grows(rng: np.random.Generator) -> None:
    hu, target = np.full((8, 8, 8), 20.0, np.float32), np.zeros((8, 8, 8), np.uint8)
    grown, labels = grow_tumors(hu, target, SPACING, "arterial", rng)
    np.testing.assert_array_equal(grown, hu)
    np.testing.assert_array_equal(labels, target)


def test_sizes_span_the_range_from_five_to_eighty_millimetres(rng: np.random.Generator) -> None:
    diameters = [2 * random_recipe("portal venous", rng).shape.radius_mm for _ in range(400)]
    assert 5.0 <= min(diameters) < 7.0
    assert 65.0 < max(diameters) <= 80.0


def test_the_input_is_left_as_it_was(liver: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> None:
    hu, target = liver[0].copy(), liver[1].copy()
    grow_tumors(*liver, SPACING, "arterial", rng)
    np.testing.assert_array_equal(liver[0], hu)
    np.testing.assert_array_equal(liver[1], target)
