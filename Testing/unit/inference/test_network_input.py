"""What a network is given of a scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.model_card import NetworkPlan, StagePlan
from LightMSegmentationLib.inference.network_input import network_input

PLAN = StagePlan(NetworkPlan(3, 1, 3, 8, (1,), ()), (3.0, 3.0, 3.0), (-40.0, 160.0), (8, 16, 16), 0.5, "", "")
PLACED = replace(PLAN, network=replace(PLAN.network, in_channels=3), inputs=("intensity", "leftward", "backward"))
CENTER = (6.0, 3.0, 0.0)


def a_volume() -> Volume:
    hu = np.full((2, 3, 5), 60.0, np.float32)
    hu[0, 0] = [-500.0, -40.0, 10.0, 160.0, 900.0]
    return Volume(hu, Grid((5, 3, 2), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0)))


def test_the_intensity_window_becomes_minus_one_to_one() -> None:
    image = network_input(a_volume(), PLAN, CENTER)
    assert image.shape == (1, 2, 3, 5)
    assert image[0, 0, 0].tolist() == [-1.0, -1.0, -0.5, 1.0, 1.0]


def test_the_volume_itself_stays_as_it_is() -> None:
    volume = a_volume()
    network_input(volume, PLAN, CENTER)
    np.testing.assert_array_equal(volume.array, a_volume().array)


def test_positions_are_a_hundredth_of_the_millimeters_from_the_bodys_center() -> None:
    image = network_input(a_volume(), PLACED, CENTER)
    assert torch.equal(image[:1], network_input(a_volume(), PLAN, CENTER))
    torch.testing.assert_close(image[1, 1, 2], torch.tensor([-0.06, -0.03, 0.0, 0.03, 0.06]))
    torch.testing.assert_close(image[2, 1, :, 4], torch.tensor([-0.03, 0.0, 0.03]))
