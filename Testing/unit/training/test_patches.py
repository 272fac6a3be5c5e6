"""Augmentation moves image and target together, and the same step always gives the same batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.training.appearance import cut_field_of_view, fatten_liver, take_contrast_out, thicken_slices
from LightMSegmentationLib.training.config import AugmentationConfig
from LightMSegmentationLib.training.patches import BatchSource, batches
from LightMSegmentationLib.training.spatial import cut, elastic_displacement, patch_coordinates, random_matrix
from LightMSegmentationLib.training.targets import LIVER

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig

PATCH = (16, 20, 24)


@pytest.fixture
def ball() -> np.ndarray:
    """A ball of radius 9 voxels in a 40-voxel cube, as codes 0 and 1."""
    k, j, i = np.indices((40, 40, 40)) - 19.5
    return (k * k + j * j + i * i < 81).astype(np.uint8)


def test_an_identity_cut_is_the_voxels_themselves(ball: np.ndarray) -> None:
    coordinates = patch_coordinates(np.array([19.5, 19.5, 19.5]), (16, 16, 16), np.eye(3))
    image, target = cut(ball * 40, ball, coordinates)
    np.testing.assert_array_equal(target, ball[12:28, 12:28, 12:28])
    np.testing.assert_array_equal(image, 40.0 * target)


@pytest.mark.parametrize("seed", range(5))
def test_image_and_target_stay_aligned_through_rotation_scaling_and_bending(ball: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    coordinates = patch_coordinates(np.array([17.0, 20.0, 22.0]), PATCH, random_matrix(rng, AugmentationConfig()))
    coordinates += elastic_displacement(rng, PATCH, np.array([2.0, 2.0, 2.0]))
    image, target = cut(ball * 40, ball, coordinates)
    assert image.shape == target.shape == PATCH
    assert 0 < target.mean() < 1
    # Linear and nearest sampling of the same mask differ only on the half-voxel around its surface.
    np.testing.assert_array_equal(target[image >= 39.9], 1)
    np.testing.assert_array_equal(target[image <= 0.1], 0)


def test_outside_of_the_scan_is_air_and_background(ball: np.ndarray) -> None:
    far = patch_coordinates(np.array([500.0, 0.0, 0.0]), (16, 16, 16), np.eye(3))
    image, target = cut(ball * 40, ball, far)
    assert not image.any()
    assert not target.any()


def test_thick_slices_keep_the_mean_of_every_slab() -> None:
    hu = np.random.default_rng(0).normal(60.0, 20.0, (12, 4, 4)).astype(np.float32)
    thick = thicken_slices(hu, 3.0, 0.5)
    np.testing.assert_allclose(thick[1::3], hu.reshape(4, 3, 4, 4).mean(axis=1), atol=1e-3)


def test_slices_of_the_same_thickness_stay_as_they_are() -> None:
    hu = np.random.default_rng(1).normal(60.0, 20.0, (12, 4, 4)).astype(np.float32)
    np.testing.assert_allclose(thicken_slices(hu, 1.0, 0.5), hu, atol=1e-3)


def test_beyond_the_end_of_a_cut_scan_there_is_air_and_background() -> None:
    hu, target = np.full((16, 4, 4), 100.0, np.float32), np.ones((16, 4, 4), np.uint8)
    shorter, labels = cut_field_of_view(hu, target, np.random.default_rng(2))
    gone = shorter[:, 0, 0] == -40.0
    assert 1 <= gone.sum() < 8
    assert not labels[gone].any()
    assert labels[~gone].all()
    assert target.all()


def test_the_same_step_gives_the_same_batch_and_another_step_another(
    tiny_archive: Archive, tiny_config: TrainingConfig
) -> None:
    first, second = BatchSource([tiny_archive], tiny_config), BatchSource([tiny_archive], tiny_config)
    for mine, other in zip(first.batch(5), second.batch(5), strict=True):
        np.testing.assert_array_equal(mine, other)
    assert not np.array_equal(first.batch(5)[0], first.batch(6)[0])


def test_batches_made_ahead_are_those_of_their_steps(tiny_archive: Archive, tiny_config: TrainingConfig) -> None:
    source = BatchSource([tiny_archive], tiny_config)
    for step, (image, _target) in enumerate(batches(source, 3, 9), start=3):
        np.testing.assert_array_equal(image, source.batch(step)[0])


def test_two_processes_share_a_batch_without_overlap(tiny_archive: Archive, tiny_config: TrainingConfig) -> None:
    config = replace(tiny_config, batch=4)
    whole, _ = BatchSource([tiny_archive], config).batch(0)
    parts = [BatchSource([tiny_archive], config, rank, 2).batch(0)[0] for rank in (0, 1)]
    np.testing.assert_array_equal(whole[0::2], parts[0])
    np.testing.assert_array_equal(whole[1::2], parts[1])


def test_a_batch_has_the_shape_and_range_that_the_network_expects(
    tiny_archive: Archive, tiny_config: TrainingConfig
) -> None:
    image, target = BatchSource([tiny_archive], tiny_config).batch(0)
    assert image.shape == (1, 1, *tiny_config.patch)
    assert image.dtype == np.float32
    assert target.shape == (1, *tiny_config.patch)
    assert image.min() >= -1.0
    assert image.max() <= 1.0


def test_a_patch_knows_how_far_to_the_left_and_to_the_back_of_the_bodys_center_it_is(
    tiny_archive: Archive, tiny_config: TrainingConfig
) -> None:
    config = replace(tiny_config, inputs=("intensity", "leftward", "backward"))
    (patch,), _ = BatchSource([tiny_archive], config).batch(0)
    (alone,), _ = BatchSource([tiny_archive], tiny_config).batch(0)
    assert patch.shape == (3, *config.patch)
    np.testing.assert_array_equal(patch[:1], alone)
    along_i, along_j = np.diff(patch[1], axis=2), np.diff(patch[2], axis=1)
    # A voxel is 3 mm, scaled by 0.8 to 1.25 and 8 % an axis, of the 100 mm that are 1; a tilt takes little of it.
    assert 0.018 < along_i.mean() < 0.043
    assert 0.018 < along_j.mean() < 0.043
    assert np.abs(patch[1:]).max() < 1.5


def test_archives_take_turns_over_patches_and_steps(tiny_archive: Archive, tiny_config: TrainingConfig) -> None:
    cases = tuple(replace(case, target=np.zeros_like(case.target)) for case in tiny_archive.cases)
    empty = replace(tiny_archive, cases=cases)
    archives = (replace(tiny_config.archives[0], name="empty"), *tiny_config.archives)
    source = BatchSource([empty, tiny_archive], replace(tiny_config, archives=archives, batch=3))
    labeled = [[bool(target.any()) for target in source.batch(step)[1]] for step in (0, 1)]
    assert labeled == [[False, True, False], [True, False, True]]


def test_fat_darkens_the_parenchyma_and_neither_its_vessels_nor_anything_else() -> None:
    hu, target = np.full((12, 20, 20), 100.0, np.float32), np.zeros((12, 20, 20), np.uint8)
    target[:, 4:16, 4:16] = LIVER
    vessel = np.s_[:, 8:12, 8:12]
    hu[vessel] = 160.0
    fatty = fatten_liver(hu, target, 40.0)
    assert fatty[6, 5, 5] < 75.0
    assert fatty[6, 10, 10] > 155.0
    assert (fatty[:, :1] == 100.0).all()


def test_without_contrast_blood_and_liver_look_alike_while_fat_and_bone_stay_what_they_are() -> None:
    hu, target = np.full((12, 24, 24), -40.0, np.float32), np.zeros((12, 24, 24), np.uint8)
    liver, heart, bone = np.s_[:, 2:12, 2:12], np.s_[:, 2:12, 13:22], np.s_[:, 15:22, 2:22]
    hu[liver], hu[heart], hu[bone] = 105.0, 150.0, 400.0
    target[liver] = LIVER
    native = take_contrast_out(hu, target, np.random.default_rng(0))
    assert 40.0 < native[6, 7, 7] < 70.0
    assert native[6, 7, 7] - 25.0 < native[6, 7, 18] <= native[6, 7, 7] + 1.0
    assert native[6, 18, 12] > 300.0
    assert native[6, 23, 23] < -60.0


def test_a_patch_without_liver_keeps_its_contrast() -> None:
    hu, target = np.full((4, 4, 4), 150.0, np.float32), np.zeros((4, 4, 4), np.uint8)
    assert take_contrast_out(hu, target, np.random.default_rng(0)) is hu
