"""Images and labels move together, as the papers' authors move them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from LightMSegmentationLib.training.slices.augmentation import augmented
from LightMSegmentationLib.training.slices.config import SliceAugmentationConfig


def pictures(count: int = 12, rows: int = 16, columns: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures whose values are their labels, an L in a corner."""
    labels = torch.zeros(count, rows, columns, dtype=torch.uint8)
    labels[:, 2:8, 2:4], labels[:, 6:8, 2:7] = 1, 1
    return labels[:, None].float(), labels


def test_nothing_changes_where_every_chance_is_zero() -> None:
    images, labels = pictures()
    moved, moved_labels = augmented(images, labels, SliceAugmentationConfig(), np.random.default_rng(0))
    assert torch.equal(moved, images)
    assert torch.equal(moved_labels, labels)


def test_mirroring_keeps_every_value_and_shows_all_four_ways() -> None:
    images, labels = pictures()
    config = SliceAugmentationConfig(chance_mirror=0.5)
    moved, moved_labels = augmented(images, labels, config, np.random.default_rng(1))
    assert torch.allclose(moved[:, 0], moved_labels.float(), atol=1e-5)
    seen = {tuple(one.flatten().tolist()) for one in moved_labels}
    whole = labels[0]
    wanted = {tuple(one.flatten().tolist()) for one in (whole, whole.flip(0), whole.flip(1), whole.flip(0, 1))}
    assert seen == wanted


def test_turns_are_by_right_angles_and_mirrored() -> None:
    images, labels = pictures(40)
    config = SliceAugmentationConfig(chance_turn=1.0)
    moved, moved_labels = augmented(images, labels, config, np.random.default_rng(2))
    assert torch.allclose(moved[:, 0], moved_labels.float(), atol=1e-4)
    whole = labels[0]
    mirrored = {tuple(whole.flip(0).rot90(turns).flatten().tolist()) for turns in range(4)}
    assert {tuple(one.flatten().tolist()) for one in moved_labels} == mirrored


@pytest.mark.parametrize("shape", [(48, 48), (40, 64)])
def test_a_rotated_disk_stays_a_disk_also_in_a_wide_picture(shape: tuple[int, int]) -> None:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    disk = np.hypot(rows - (shape[0] - 1) / 2, columns - (shape[1] - 1) / 2) < 12
    labels = torch.from_numpy(disk.astype(np.uint8)).expand(6, *shape)
    config = SliceAugmentationConfig(chance_rotation=1.0)
    _, moved = augmented(labels[:, None].float(), labels, config, np.random.default_rng(3))
    overlap = (moved & labels).sum(dim=(1, 2)).float()
    assert (2 * overlap / (moved.sum(dim=(1, 2)) + labels.sum(dim=(1, 2))) > 0.95).all()


def test_light_changes_keep_labels_and_the_range_of_gray() -> None:
    images, labels = pictures()
    config = SliceAugmentationConfig(chance_contrast=1.0, chance_gamma=1.0)
    relit, same = augmented(images * 0.5 + 0.2, labels, config, np.random.default_rng(4))
    assert torch.equal(same, labels)
    assert relit.min() >= 0.2 - 1e-6
    assert relit.max() <= 0.7 + 1e-6
    noisy, _ = augmented(images, labels, SliceAugmentationConfig(chance_noise=1.0), np.random.default_rng(5))
    assert 0 < (noisy - images).std() < 0.1


def test_the_same_random_numbers_give_the_same_pictures() -> None:
    config = SliceAugmentationConfig(0.5, 0.3, 0.5, chance_scale=0.5, chance_noise=0.5)
    first, second = (augmented(*pictures(), config, np.random.default_rng(6)) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
