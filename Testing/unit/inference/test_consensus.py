"""Several looks become their mean where more than one looked."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.inference.consensus import mean_logits

FINE = Grid((4, 2, 2), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
COARSE = Grid((2, 2, 2), (4.0, 4.0, 4.0), (1.0, 1.0, 1.0))


def test_the_mean_counts_at_the_same_physical_points() -> None:
    fine = np.zeros((2, *FINE.shape), np.float32)
    coarse = np.zeros((2, *COARSE.shape), np.float32)
    coarse[1] = [2.0, 6.0]
    mean, grid = mean_logits((fine, FINE), [(coarse, COARSE)])
    assert grid == FINE
    assert (mean[0] == 0).all()
    np.testing.assert_allclose(mean[1, 0, 0], [1.0, 1.5, 2.5, 3.0])


def test_the_fine_stage_counts_alone_where_the_coarse_one_did_not_look() -> None:
    fine = np.full((1, *FINE.shape), 8.0, np.float32)
    coarse = np.zeros((1, 2, 2, 1), np.float32)
    mean, _ = mean_logits((fine, FINE), [(coarse, Grid((1, 2, 2), COARSE.spacing, COARSE.origin))])
    np.testing.assert_allclose(mean[0, 0, 0], [4.0, 4.0, 8.0, 8.0])


def test_every_look_counts_the_same() -> None:
    fine, same, coarse = (np.full((1, *FINE.shape), value, np.float32) for value in (1.0, 4.0, 7.0))
    narrow = Grid((1, 2, 2), COARSE.spacing, COARSE.origin)
    mean, _ = mean_logits((fine, FINE), [(same, FINE), (coarse[..., :1], narrow)])
    np.testing.assert_allclose(mean[0, 0, 0], [4.0, 4.0, 2.5, 2.5])


def test_a_look_alone_is_its_own_mean() -> None:
    fine = np.random.default_rng(0).normal(size=(3, *FINE.shape)).astype(np.float32)
    mean, _ = mean_logits((fine.copy(), FINE), [])
    np.testing.assert_array_equal(mean, fine)
