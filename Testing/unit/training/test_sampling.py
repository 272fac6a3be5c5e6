"""Patches come from everywhere that matters, in the proportions asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from LightMSegmentationLib.training.config import SamplingConfig
from LightMSegmentationLib.training.sampling import CenterSampler, category_voxels
from LightMSegmentationLib.training.targets import TUMOR, UNKNOWN

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import Archive

DRAWS = 600


def test_categories_are_drawn_in_the_proportions_asked_for(tiny_archive: Archive) -> None:
    config = SamplingConfig(background=0.25, border=0.25, liver=0.0, tumor=0.5)
    sampler = CenterSampler(tiny_archive.split("train"), config)
    rng = np.random.default_rng(0)
    centers = [sampler.draw(rng) for _ in range(DRAWS)]
    on_tumor = sum(center.case.target[center.voxel] == TUMOR for center in centers)
    assert abs(on_tumor / DRAWS - 0.5) < 0.08


def test_patients_are_drawn_equally_however_many_scans_they_have(tiny_archive: Archive) -> None:
    cases = tiny_archive.split("train")
    again = [cases[0]] * 3
    sampler = CenterSampler((*again, *cases), SamplingConfig(tumor=0.0))
    rng = np.random.default_rng(1)
    patients = Counter(sampler.draw(rng).case.patient for _ in range(DRAWS))
    assert set(patients) == {"a", "b", "c"}
    assert max(patients.values()) - min(patients.values()) < 0.15 * DRAWS


def test_tumor_patches_come_only_from_patients_whose_tumors_are_labeled(tiny_archive: Archive) -> None:
    sampler = CenterSampler(tiny_archive.split("train"), SamplingConfig(background=0, border=0, liver=0, tumor=1))
    rng = np.random.default_rng(2)
    assert {sampler.draw(rng).case.labels for _ in range(50)} == {"liver+tumor"}


def test_a_category_that_no_case_has_leaves_its_chance_to_the_others(tiny_archive: Archive) -> None:
    unlabeled = tuple(case for case in tiny_archive.cases if case.labels == "liver")
    sampler = CenterSampler(unlabeled, SamplingConfig())
    assert sampler.draw(np.random.default_rng(3)).case.labels == "liver"


def test_no_patch_is_centered_where_nothing_is_known(tiny_archive: Archive) -> None:
    target = tiny_archive.cases[0].target.copy()
    target[:, :14] = UNKNOWN
    for flat in category_voxels(target, tiny_archive.cases[0].image).values():
        assert not (target.ravel()[flat] == UNKNOWN).any()


def test_background_is_centered_on_tissue_and_not_on_air(tiny_archive: Archive) -> None:
    case = tiny_archive.cases[0]
    image = case.image.copy()
    image[:, :3] = 0
    assert (image.ravel()[category_voxels(case.target, image)["background"]] > 0).all()
