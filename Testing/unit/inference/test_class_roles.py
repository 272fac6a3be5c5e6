"""A model's classes are known by their names."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.inference.class_roles import ClassRoles, liver_roles, segments_of
from LightMSegmentationLib.inference.result import of_liver
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, LIVER_ROLE, TUMOR_ROLE

SYNAPSE = (
    "background", "aorta", "gallbladder", "left kidney", "right kidney", "liver", "pancreas", "spleen", "stomach",
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "roles", "alone"),
    [
        ({"background": 0, "liver": 1, "tumor": 2}, ClassRoles(1, 2), True),
        ({"background": 0, "Liver": 2, "liver_tumor": 1}, ClassRoles(2, 1), True),
        ({"background": 0, "liver": 1, "cancer": 2}, ClassRoles(1, 2), True),
        ({"background": 0, "liver": 1}, ClassRoles(1, None), True),
        ({"background": 0, "liver": 5, "spleen": 7}, ClassRoles(5, None), False),
        ({"background": 0, "liver": 5, "spleen": 7, "tumor": 8}, ClassRoles(5, None), False),
        ({"background": 0, "liver": 5, "spleen": 7, "hepatic tumour": 8}, ClassRoles(5, 8), False),
        ({"background": 0, "lung": 1}, None, False),
        ({"background": 0, "liver": 1, "tumor": 2, "cancer": 3}, ClassRoles(1, None), False),
    ],
)
def test_the_liver_is_found_and_its_tumors_where_they_can_be_no_others(
    values: dict[str, int], roles: ClassRoles | None, alone: bool
) -> None:
    assert liver_roles(values) == roles
    assert of_liver(segments_of(values)) is alone


def test_labels_become_ours() -> None:
    assert np.array_equal(ClassRoles(2, 1).as_ours(np.array([0, 1, 2])), [0, 2, 1])
    assert np.array_equal(ClassRoles(1, None).as_ours(np.array([0, 1])), [0, 1])


def test_classes_of_liver_and_tumor_become_the_two_segments() -> None:
    assert segments_of({"background": 0, "liver": 1, "tumor": 2}) == LIVER_AND_TUMOR
    swapped = segments_of({"background": 0, "cancer": 1, "liver": 2})
    assert [(segment.role, segment.labels) for segment in swapped] == [(LIVER_ROLE, (2, 1)), (TUMOR_ROLE, (1,))]


def test_organs_of_synapse_become_segments_with_codes_and_colors_of_their_own() -> None:
    segments = segments_of({name: value for value, name in enumerate(SYNAPSE)})

    assert [segment.role.name for segment in segments] == list(SYNAPSE[1:])
    assert [segment.labels for segment in segments] == [(value,) for value in range(1, 9)]
    assert all(segment.has_code for segment in segments)
    assert len({segment.role.color for segment in segments}) == len(segments)
    assert "~SCT^64033007^Kidney~SCT^7771000^Left~" in segments[2].role.terminology
    assert segments[4].role == LIVER_ROLE


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Kidney_R", "SCT^64033007^Kidney~SCT^24028007^Right"),
        ("postcava", "SCT^64131007^Inferior vena cava"),
        ("Gall Bladder", "SCT^28231008^Gallbladder"),
        ("right-adrenal-gland", "SCT^23451007^Adrenal gland~SCT^24028007^Right"),
    ],
)
def test_organs_are_known_under_other_names(name: str, code: str) -> None:
    (segment,) = segments_of({name: 3})
    assert code in segment.role.terminology
    assert segment.role.name == name


def test_what_has_no_code_keeps_its_name_and_gets_a_color() -> None:
    first, second = segments_of({"background": 0, "thing": 1, "other thing": 2})
    assert (first.role.segment_id, second.role.segment_id) == ("thing", "other_thing")
    assert not first.has_code
    assert first.role.color != second.role.color


def test_names_that_give_one_identifier_are_told_apart() -> None:
    assert [one.role.segment_id for one in segments_of({"a b": 1, "a-b": 2})] == ["a_b", "a_b_2"]
