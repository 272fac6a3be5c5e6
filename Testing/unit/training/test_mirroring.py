"""A mirrored liver is none where a spleen would be, and tells nothing elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.config import AugmentationConfig
from LightMSegmentationLib.training.mirroring import mirrored
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, UNKNOWN

if TYPE_CHECKING:
    from LightMSegmentationLib.training.config import TrainingConfig

# Six voxels from 150 mm right of the body's center to its middle, in two rows: in front and behind.
LEFTWARD = np.array([[[-1.5, -1.2, -0.9, -0.5, -0.2, 0.1]] * 2], np.float32)
BACKWARD = np.array([[[-0.5] * 6, [0.5] * 6]], np.float32)
TARGET = np.array([[[LIVER, LIVER, LIVER, LIVER, LIVER, BACKGROUND]] * 2], np.uint8)
HU = np.arange(12, dtype=np.float32).reshape(1, 2, 6)


def test_image_and_place_change_sides_together() -> None:
    hu, _, offsets = mirrored(HU, TARGET, {"leftward": LEFTWARD, "backward": BACKWARD})
    np.testing.assert_array_equal(hu[0, 0], [5, 4, 3, 2, 1, 0])
    np.testing.assert_allclose(offsets["leftward"][0, 0], [-0.1, 0.2, 0.5, 0.9, 1.2, 1.5])
    np.testing.assert_array_equal(offsets["backward"], BACKWARD)


def test_behind_on_the_left_a_liver_is_background_and_elsewhere_unknown() -> None:
    _, target, _ = mirrored(HU, TARGET, {"leftward": LEFTWARD, "backward": BACKWARD})
    np.testing.assert_array_equal(target[0, 0], [BACKGROUND] + [UNKNOWN] * 5)
    np.testing.assert_array_equal(target[0, 1], [BACKGROUND, UNKNOWN, UNKNOWN] + [BACKGROUND] * 3)


def test_a_network_that_does_not_know_its_place_can_not_learn_from_mirrors(tiny_config: TrainingConfig) -> None:
    with pytest.raises(UsageError, match="left and right look the same"):
        replace(tiny_config, augmentation=AugmentationConfig(chance_mirrored=0.1))
