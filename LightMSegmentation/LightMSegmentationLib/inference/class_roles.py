"""Which segments the classes of a model become: liver and liver tumor are two of them, known by their names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.organ_terms import is_liver, is_liver_tumor, is_tumor, role_of_class
from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE, LabeledSegment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from LightMSegmentationLib.segment_role import SegmentRole


@dataclass(frozen=True)
class ClassRoles:
    """Values of liver and of its tumors in a model's label maps; ``tumor`` is None where it tells none."""

    liver: int
    tumor: int | None

    def as_ours(self, labels: np.ndarray) -> np.ndarray:
        """Return uint8 labels with LIVER and TUMOR, and nothing of what else the model tells."""
        ours = (labels == self.liver) * np.uint8(LIVER)
        if self.tumor is not None:
            ours[labels == self.tumor] = TUMOR
        return ours


def liver_roles(values: Mapping[str, int]) -> ClassRoles | None:
    """Return the values of liver and liver tumor among classes given by name; None where the liver is not one.

    A class that is called a tumor and no more is the liver's where no other organ is told; beside others it may be of
    any of them.
    """
    livers = [value for name, value in values.items() if is_liver(name)]
    if len(livers) != 1:
        return None
    others = [name for name, value in values.items() if value and not is_liver(name) and not is_tumor(name)]
    tumors = [value for name, value in values.items() if (is_tumor if not others else is_liver_tumor)(name)]
    return ClassRoles(livers[0], tumors[0] if len(tumors) == 1 else None)


def segments_of(values: Mapping[str, int]) -> tuple[LabeledSegment, ...]:
    """Return a segment for each class but the background, in the order of their values, the liver's tumors last.

    The liver includes its tumors. Names that would give the same identifier twice get their value behind it.
    """
    roles = liver_roles(values)
    tumor = None if roles is None else roles.tumor
    segments: dict[str, LabeledSegment] = {}
    for name, value in sorted(values.items(), key=lambda item: (item[1] == tumor, item[1])):
        if value:
            role = _role(name, value, roles)
            if role.segment_id in segments:
                role = replace(role, segment_id=f"{role.segment_id}_{value}")
            segments[role.segment_id] = LabeledSegment(role, _labels(value, roles))
    return tuple(segments.values())


def _role(name: str, value: int, roles: ClassRoles | None) -> SegmentRole:
    if roles is not None and value in (roles.liver, roles.tumor):
        return LIVER_ROLE if value == roles.liver else TUMOR_ROLE
    return role_of_class(name, value)


def _labels(value: int, roles: ClassRoles | None) -> tuple[int, ...]:
    if roles is not None and value == roles.liver and roles.tumor is not None:
        return (value, roles.tumor)
    return (value,)
