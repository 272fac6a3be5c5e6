"""Which of a model's classes are liver and liver tumor, by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.inference.result import LIVER, TUMOR

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIVER = re.compile(r"liver|hepar|liver parenchyma|parenchyma")
_TUMOR = re.compile(r"(liver |hepatic )?(tumou?r|cancer|lesion|metastas[ei]s|hcc)s?")


@dataclass(frozen=True)
class ClassRoles:
    """Values of liver and of its tumors in a model's label maps; ``tumor`` is None where it tells none."""

    liver: int
    tumor: int | None

    def as_ours(self, labels: np.ndarray) -> np.ndarray:
        """Return uint8 labels with LIVER and TUMOR."""
        ours = (labels == self.liver) * np.uint8(LIVER)
        if self.tumor is not None:
            ours[labels == self.tumor] = TUMOR
        return ours


def liver_roles(values: Mapping[str, int]) -> ClassRoles | None:
    """Return the roles of classes given by name, or None when they are not those of liver and liver tumor alone.

    Where a model tells other organs, too, none of its classes is left out, and a tumor may be of any of them.
    """
    plain = {re.sub(r"[_\-\s]+", " ", name.strip().casefold()): value for name, value in values.items()}
    liver = [value for name, value in plain.items() if _LIVER.fullmatch(name)]
    tumors = [value for name, value in plain.items() if _TUMOR.fullmatch(name)]
    if len(liver) != 1 or len(tumors) > 1 or len(plain) > len(liver) + len(tumors) + ("background" in plain):
        return None
    return ClassRoles(liver[0], tumors[0] if tumors else None)
