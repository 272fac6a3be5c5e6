"""Volumes, burden and the lesion list of tiny label maps."""

from __future__ import annotations

import itertools
import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.measurement.lesions import measure

CUBE_OF_10_MM = (10.0, 10.0, 10.0)


def labels_on_cubes(array: np.ndarray) -> Volume:
    """Return labels whose voxels are 1 mL."""
    k, j, i = array.shape
    return Volume(array.astype(np.uint8), Grid((i, j, k), CUBE_OF_10_MM, (0.0, 0.0, 0.0)))


def a_liver_of_64_ml() -> np.ndarray:
    return np.full((4, 4, 4), LIVER)


def test_nothing_measures_nothing() -> None:
    assert measure(labels_on_cubes(np.zeros((2, 2, 2)))) == Findings(0.0, 0.0, 0.0, ())


def test_a_liver_without_tumor_has_no_burden() -> None:
    assert measure(labels_on_cubes(a_liver_of_64_ml())) == Findings(64.0, 0.0, 0.0, ())


def test_the_liver_includes_its_tumors() -> None:
    labels = a_liver_of_64_ml()
    labels[0, 0] = TUMOR
    findings = measure(labels_on_cubes(labels))
    assert (findings.liver_volume_ml, findings.tumor_volume_ml, findings.tumor_burden_percent) == (64.0, 4.0, 6.25)


def test_lesions_are_numbered_from_the_largest() -> None:
    labels = a_liver_of_64_ml()
    labels[0, 0, 0] = TUMOR
    labels[2:, 2:, 2:] = TUMOR
    assert [(lesion.number, lesion.volume_ml) for lesion in measure(labels_on_cubes(labels)).lesions] == [
        (1, 8),
        (2, 1),
    ]


def test_voxels_that_touch_at_a_corner_are_one_lesion() -> None:
    labels = a_liver_of_64_ml()
    labels[0, 0, 0] = labels[1, 1, 1] = TUMOR
    assert [lesion.volume_ml for lesion in measure(labels_on_cubes(labels)).lesions] == [2.0]


def test_centers_are_in_ras() -> None:
    labels = a_liver_of_64_ml()
    labels[3, 1, 2:] = TUMOR
    (lesion,) = measure(labels_on_cubes(labels)).lesions
    assert lesion.center_ras == (-25.0, -10.0, 30.0)


def test_a_lesion_in_one_corner_of_the_scan_is_measured_whole() -> None:
    labels = np.zeros((3, 3, 3), int)
    labels[2, 2, 1:] = TUMOR
    (lesion,) = measure(labels_on_cubes(labels)).lesions
    assert (lesion.volume_ml, lesion.largest_axial_diameter_mm, lesion.center_ras) == (2.0, 20.0, (-15.0, -20.0, 20.0))


def test_each_lesion_is_judged_where_it_lies() -> None:
    labels = np.zeros((3, 3, 3), int)
    labels[0, 0, 0] = labels[2, 2, 1:] = TUMOR
    findings = measure(labels_on_cubes(labels), lambda mask, grid: mask.sum() / 10 + grid.origin[0] / 1000)
    assert [lesion.confidence for lesion in findings.lesions] == pytest.approx([0.2 + 0.01, 0.1])


def test_less_than_one_half_is_low_confidence() -> None:
    lesions = [Lesion(1, 1.0, 1.0, (0.0, 0.0, 0.0), confidence) for confidence in (0.49, 0.5, None)]
    assert [lesion.low_confidence for lesion in lesions] == [True, False, False]


def test_the_axial_plane_follows_the_patient_not_the_array() -> None:
    """A scan stored as sagittal slices: array axis k runs to the patient's left, j upward, i to the back."""
    labels = np.zeros((2, 9, 3), np.uint8)
    labels[:, :, 0] = TUMOR
    grid = Grid((3, 9, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    (lesion,) = measure(Volume(labels, grid)).lesions
    assert lesion.largest_axial_diameter_mm == 2.0


@given(
    order=st.sampled_from(list(itertools.permutations(range(3)))),
    signs=st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3),
    seed=st.integers(0, 1000),
)
def test_findings_do_not_depend_on_how_the_voxels_are_stored(order: tuple[int, ...], signs: tuple, seed: int) -> None:
    array = np.random.default_rng(seed).choice([0, LIVER, TUMOR], (5, 4, 6), p=[0.5, 0.3, 0.2]).astype(np.uint8)
    straight = Volume(array, Grid((6, 4, 5), (0.7, 0.9, 2.5), (12.0, -30.0, 100.0)))
    flips = tuple(axis for axis, sign in enumerate(signs) if sign < 0)
    direction = np.eye(3)[:, list(order)] * np.asarray(signs)[list(order)]
    corner = [straight.grid.size[axis] - 1 if axis in flips else 0 for axis in range(3)]
    stored = np.flip(array, [2 - axis for axis in flips]).transpose([2 - order[2], 2 - order[1], 2 - order[0]])
    grid = Grid(
        tuple(straight.grid.size[axis] for axis in order),
        tuple(straight.grid.spacing[axis] for axis in order),
        tuple((straight.grid.index_to_lps @ [*corner, 1.0])[:3]),
        tuple(direction.ravel()),
    )
    expected, found = measure(straight), measure(Volume(stored, grid))
    assert found.tumor_burden_percent == pytest.approx(expected.tumor_burden_percent)
    for one, other in zip(expected.lesions, found.lesions, strict=True):
        assert one.volume_ml == pytest.approx(other.volume_ml)
    assert sorted(numbers(found)) == pytest.approx(sorted(numbers(expected)), abs=1e-6)


def numbers(findings: Findings) -> list[float]:
    """Return every lesion's diameter and center as one sum, so that equal volumes may come in any order."""
    return [lesion.largest_axial_diameter_mm + math.fsum(lesion.center_ras) for lesion in findings.lesions]


def test_every_number_is_a_plain_python_number() -> None:
    labels = a_liver_of_64_ml()
    labels[0, 0, 0] = TUMOR
    findings = measure(labels_on_cubes(labels))
    liver, tumor, burden, ((number, *rest, center, confidence),) = astuple(findings)
    assert confidence is None
    assert {type(value) for value in (liver, tumor, burden, *rest, *center)} == {float}
    assert type(number) is int
