"""The phantom is an abdomen: its parts lie where they lie in people and look as they do in the portal-venous phase."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.measurement.lesions import measure

from Testing.data.phantom import abdomen_phantom

SEEDS = range(4)
COARSE = (3.0, 3.0, 3.0)


@functools.cache
def a_patient(seed: int) -> tuple[Volume, Volume]:
    return abdomen_phantom(seed, COARSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_liver_has_the_size_of_a_liver(seed: int) -> None:
    _, labels = a_patient(seed)
    assert 1100 < measure(labels).liver_volume_ml < 2200


@pytest.mark.parametrize("seed", SEEDS)
def test_the_liver_lies_on_the_right_and_crosses_the_midline(seed: int) -> None:
    _, labels = a_patient(seed)
    left = labels.grid.origin[0] + labels.grid.spacing[0] * np.flatnonzero(labels.array.any(axis=(0, 1)))
    center = labels.grid.index_to_lps @ [*np.argwhere(labels.array)[:, ::-1].mean(axis=0), 1]
    assert center[0] < -40
    assert left.min() < -90
    assert left.max() > 40


@pytest.mark.parametrize("seed", SEEDS)
def test_liver_and_tumors_have_portal_venous_attenuation(seed: int) -> None:
    scan, labels = a_patient(seed)
    liver = float(np.median(scan.array[labels.array == LIVER]))
    tumor = float(np.median(scan.array[labels.array == TUMOR]))
    assert 95 < liver < 125
    assert 40 < tumor < liver - 25


@pytest.mark.parametrize("seed", SEEDS)
def test_lungs_lie_above_the_liver_and_bone_behind_it(seed: int) -> None:
    scan, labels = a_patient(seed)
    k, j, _ = np.argwhere(labels.array).mean(axis=0)
    inside = np.s_[:, 20:-20, 20:-20]
    lung, bone = (np.argwhere(part).mean(axis=0) for part in (scan.array[inside] < -700, scan.array[inside] > 300))
    assert lung[0] > k
    assert bone[1] + 20 > j


@pytest.mark.parametrize("seed", SEEDS)
def test_tumors_are_apart_from_each_other_and_as_large_as_asked(seed: int) -> None:
    _, labels = abdomen_phantom(seed, COARSE, tumors=5, tumor_diameters=(12.0, 30.0))
    lesions = measure(labels).lesions
    assert len(lesions) == 5
    assert all(8 < lesion.largest_axial_diameter_mm < 36 for lesion in lesions)


def test_the_same_seed_is_the_same_patient() -> None:
    again = abdomen_phantom(1, COARSE)
    for one, other in zip(a_patient(1), again, strict=True):
        np.testing.assert_array_equal(one.array, other.array)


def test_another_seed_is_another_patient() -> None:
    assert np.mean(a_patient(0)[1].array != a_patient(1)[1].array) > 0.01


def test_it_can_be_small_and_without_tumor() -> None:
    scan, labels = abdomen_phantom(spacing=(6.0, 6.0, 8.0), tumors=0)
    assert (scan.array.shape, scan.array.dtype, labels.array.dtype) == ((30, 50, 64), np.int16, np.uint8)
    assert np.unique(labels.array).tolist() == [0, LIVER]


def test_further_down_there_is_a_body_without_liver() -> None:
    scan, labels = abdomen_phantom(spacing=COARSE, center=(0.0, 14.0, -325.0))
    assert np.mean(scan.array > -200) > 0.2
    assert not labels.array.any()
