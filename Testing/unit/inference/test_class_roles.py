"""A model's classes are known by their names."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.inference.class_roles import ClassRoles, liver_roles


@pytest.mark.parametrize(
    ("values", "roles"),
    [
        ({"background": 0, "liver": 1, "tumor": 2}, ClassRoles(1, 2)),
        ({"background": 0, "Liver": 2, "liver_tumor": 1}, ClassRoles(2, 1)),
        ({"background": 0, "liver": 1, "cancer": 2}, ClassRoles(1, 2)),
        ({"background": 0, "liver": 1}, ClassRoles(1, None)),
        ({"background": 0, "liver": 5, "spleen": 7}, None),
        ({"background": 0, "lung": 1}, None),
        ({"background": 0, "liver": 1, "tumor": 2, "cancer": 3}, None),
    ],
)
def test_roles_are_found_where_all_classes_are_the_livers(values: dict[str, int], roles: ClassRoles | None) -> None:
    assert liver_roles(values) == roles


def test_labels_become_ours() -> None:
    assert np.array_equal(ClassRoles(2, 1).as_ours(np.array([0, 1, 2])), [0, 2, 1])
    assert np.array_equal(ClassRoles(1, None).as_ours(np.array([0, 1])), [0, 1])
