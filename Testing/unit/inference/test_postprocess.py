"""Cleaning makes one organ and never hides a tumor."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.inference.postprocess import clean_labels
from LightMSegmentationLib.inference.result import LIVER, TUMOR

MILLIMETERS = (1.0, 1.0, 1.0)


def a_liver() -> np.ndarray:
    labels = np.zeros((12, 30, 30), dtype=np.uint8)
    labels[2:10, 2:12, 2:12] = LIVER
    return labels


def test_a_clean_liver_stays_as_it_is() -> None:
    assert np.array_equal(clean_labels(a_liver(), MILLIMETERS, 1.0), a_liver())


def test_nothing_stays_nothing() -> None:
    assert not clean_labels(np.zeros((3, 3, 3), dtype=np.uint8), MILLIMETERS, 1.0).any()


def test_a_smaller_separate_liver_like_region_is_removed() -> None:
    labels = a_liver()
    labels[4:8, 20:28, 20:28] = LIVER
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), a_liver())


def test_tumor_far_outside_the_liver_is_removed() -> None:
    labels = a_liver()
    labels[4:6, 22:25, 22:25] = TUMOR
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), a_liver())


def test_a_tumor_just_detached_from_the_liver_is_kept() -> None:
    labels = a_liver()
    labels[4:6, 5:8, 14:17] = TUMOR
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), labels)


def test_separate_tumors_stay_separate() -> None:
    labels = a_liver()
    labels[3, 3, 3] = TUMOR
    labels[5:9, 6:10, 6:10] = TUMOR
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), labels)


def test_a_tumor_that_divides_the_liver_costs_neither_part() -> None:
    labels = a_liver()
    labels[2:10, 2:12, 6:8] = TUMOR
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), labels)


def test_a_closed_hole_becomes_liver() -> None:
    labels = a_liver()
    labels[5:7, 5:7, 5:7] = 0
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), a_liver())


def test_a_notch_open_to_the_outside_is_no_hole() -> None:
    labels = a_liver()
    labels[5:7, 5:7, 2:5] = 0
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), labels)


def test_a_liver_at_the_border_of_the_scan_keeps_its_background() -> None:
    labels = np.zeros((4, 6, 6), dtype=np.uint8)
    labels[:, 2:, :] = LIVER
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0), labels)


def test_a_speck_below_the_networks_resolution_becomes_liver_and_the_smallest_resolved_tumor_stays() -> None:
    labels = a_liver()
    labels[3, 3, 3:6] = TUMOR
    labels[7:9, 7:9, 7:9] = TUMOR
    expected = a_liver()
    expected[7:9, 7:9, 7:9] = TUMOR
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 8.0), expected)


def test_the_liver_is_the_component_on_the_patients_right_even_when_another_one_is_larger() -> None:
    labels = a_liver()
    labels[1:11, 2:28, 18:28] = LIVER
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0, midline=15), a_liver())


def test_a_liver_wholly_on_the_left_is_kept_when_nothing_is_on_the_right() -> None:
    labels = a_liver()[:, :, ::-1].copy()
    assert np.array_equal(clean_labels(labels, MILLIMETERS, 1.0, midline=15), labels)
