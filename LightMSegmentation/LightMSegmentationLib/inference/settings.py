"""What the user chooses for a segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

BUILT_IN_MODEL = "liver-tumor"


class Mode(str, Enum):
    """How thorough a segmentation is."""

    FAST = "fast"
    """The whole scan at the coarse stage's spacing."""
    FULL = "full"
    """The liver found coarsely, then delineated at the fine stage's spacing."""
    BEST = "best"
    """The liver found coarsely, then delineated at three spacings about the fine stage's, of which the mean counts."""


@dataclass(frozen=True)
class SegmentationSettings:
    """Mode, device (``auto``, ``cpu``, ``cuda`` or ``mps``), scan backend and model.

    ``model`` is the name of an installed model or the path of a model card.
    """

    mode: Mode = Mode.FULL
    device: str = "auto"
    backend: str = "auto"
    model: str = BUILT_IN_MODEL
