"""Background that a teacher makes doubtful becomes unknown: missed tumors, and not what lies on the left or is thin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from LightMSegmentationLib.inference.model import LoadedStage
from LightMSegmentationLib.inference.model_card import NetworkPlan, StagePlan
from LightMSegmentationLib.training.refined_labels import doubtful_background, refined_archive
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER_OR_TUMOR, UNKNOWN

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import Archive

SPACING, CENTER = (3.0, 3.0, 3.0), 30.0
LABELED = np.s_[6:20, 8:30, 14:40]
MISSED_TUMOR = np.s_[6:20, 10:24, 4:14]
SPLEEN = np.s_[6:20, 12:30, 48:58]


@pytest.fixture
def target() -> np.ndarray:
    """A liver on both sides of the center, labeled without the tumor on its right."""
    codes = np.full((26, 40, 60), BACKGROUND, np.uint8)
    codes[LABELED] = LIVER_OR_TUMOR
    return codes


def seen(*places: tuple[slice, ...]) -> np.ndarray:
    organ = np.zeros((26, 40, 60), bool)
    for place in places:
        organ[place] = True
    return organ


def test_a_tumor_that_the_label_leaves_out_and_the_teacher_sees_is_doubtful(target: np.ndarray) -> None:
    doubtful = doubtful_background(target, seen(LABELED, MISSED_TUMOR), CENTER, SPACING)
    assert doubtful[8:18, 12:22, 6:13].all()
    assert not doubtful[target != BACKGROUND].any()


def test_where_both_agree_nothing_is_doubtful(target: np.ndarray) -> None:
    assert not doubtful_background(target, seen(LABELED), CENTER, SPACING).any()


def test_a_spleen_that_the_teacher_takes_for_liver_stays_background(target: np.ndarray) -> None:
    bridge = np.s_[10:14, 18:22, 40:48]
    assert not doubtful_background(target, seen(LABELED, SPLEEN, bridge), CENTER, SPACING).any()


def test_a_border_drawn_a_voxel_further_out_is_no_disagreement(target: np.ndarray) -> None:
    assert not doubtful_background(target, seen(np.s_[5:21, 7:31, 13:41]), CENTER, SPACING).any()


def test_a_hole_in_the_label_between_its_parts_is_doubtful_on_the_left_too(target: np.ndarray) -> None:
    target[8:18, 14:24, 30:38] = BACKGROUND
    doubtful = doubtful_background(target, seen(LABELED), CENTER, SPACING)
    assert doubtful[10:16, 16:22, 32:36].all()


class BrightIsLiver(torch.nn.Module):
    """Takes for liver what is brighter than half of the window."""

    size_multiple = 1

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.cat([-image, image, torch.full_like(image, -5.0)], dim=1)


def test_only_pseudo_labeled_training_cases_are_refined(tiny_archive: Archive) -> None:
    plan = StagePlan(NetworkPlan(3, 1, 3, 8, (1,), ()), SPACING, (-40.0, 160.0), (16, 16, 16), 0.25, "", "")
    first, *others = tiny_archive.cases
    image = np.zeros_like(first.image)
    image[5:15, 6:20, 6:20] = 50
    target = np.where(image > 0, LIVER_OR_TUMOR, BACKGROUND).astype(np.uint8)
    target[5:15, 6:20, 6:13] = BACKGROUND
    pseudo = replace(first, name="p1", labels="liver-pseudo", center=(26.0, 14.0, 10.0), image=image, target=target)
    names: list[str] = []
    archive = replace(tiny_archive, cases=(*others, pseudo, replace(pseudo, split="validation")))
    refined = refined_archive(archive, LoadedStage(plan, BrightIsLiver()), names.append)
    assert names == ["p1"]
    assert (refined.cases[-2].target[7:13, 8:18, 8:12] == UNKNOWN).all()
    for before, after in zip((*others, pseudo), (*refined.cases[:-2], refined.cases[-1]), strict=True):
        np.testing.assert_array_equal(after.target, before.target)
