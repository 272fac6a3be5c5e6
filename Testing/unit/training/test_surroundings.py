"""Table and arms appear beside the patient and nowhere else."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.training.spatial import patch_coordinates
from LightMSegmentationLib.training.surroundings import add_surroundings, beside_body

SPACING = np.array([3.0, 3.0, 3.0])


def test_only_points_beside_the_scan_in_plane_are_free() -> None:
    coordinates = patch_coordinates(np.array([10.0, 0.0, 10.0]), (16, 16, 16), np.eye(3))
    free = beside_body(coordinates, (5, 20, 20))
    # The patch reaches from -7.5 to 7.5 in j; beyond the scan in k alone there is the next slice of the same patient.
    assert free[:, :6, :].all()
    assert not free[:, 7:, :].any()


def test_the_patient_is_left_alone() -> None:
    hu = np.full((8, 32, 32), -40.0, np.float32)
    free = np.zeros(hu.shape, bool)
    free[:, :, 16:] = True
    changed = [add_surroundings(hu, free, SPACING, np.random.default_rng(seed)) != hu for seed in range(10)]
    assert any(change.any() for change in changed)
    assert not any(change[~free].any() for change in changed)


def test_a_patch_inside_the_patient_stays_as_it_is() -> None:
    hu = np.full((8, 8, 8), 50.0, np.float32)
    np.testing.assert_array_equal(add_surroundings(hu, np.zeros(hu.shape, bool), SPACING, np.random.default_rng(0)), hu)
