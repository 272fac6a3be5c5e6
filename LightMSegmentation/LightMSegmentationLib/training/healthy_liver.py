"""Where a liver whose tumors nobody labeled looks healthy, so that it can teach what is no tumor.

Half of the patients have a labeled liver and unlabeled tumors. Without them, what tells tumors from liver is learned
from the others alone, and nothing of the arterial phase. What is as bright as most of the liver, and not near anything
of a tumor's size that is brighter or darker, is taken for healthy; the rest stays unknown. A tumor that nothing but
its texture tells from the liver is taken for healthy by mistake.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.ball import grown, opened
from LightMSegmentationLib.training.intensity import decode
from LightMSegmentationLib.training.targets import LIVER, LIVER_OR_TUMOR

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import Archive, PackedCase
    from LightMSegmentationLib.training.ball import Spacing

_SMOOTHED_MM = 4.0
_THINNEST_RADIUS_MM = 3.0
"""Thinner things are vessels, or too small a tumor to do harm."""
_NEAR_MM = 8.0


def with_healthy_liver(archive: Archive, tolerance_hu: float) -> Archive:
    """Return the archive with healthy-looking liver of training cases as ``LIVER``; its hash is another one."""
    spacing_kji = archive.spacing_mm[::-1]
    cases = tuple(_judged(case, tolerance_hu, spacing_kji) for case in archive.cases)
    return replace(archive, cases=cases, sha256=f"{archive.sha256}-healthy{tolerance_hu:g}")


def healthy_liver(hu: np.ndarray, target: np.ndarray, tolerance_hu: float, spacing_kji: Spacing) -> np.ndarray:
    """Return the voxels (bool, k, j, i) of ``LIVER_OR_TUMOR`` that look healthy.

    Parameters
    ----------
    hu
        float32, k, j, i.
    target
        Codes of `training.targets`.
    tolerance_hu
        How far from the liver's median brightness healthy liver may be, noise smoothed away.
    spacing_kji
        Voxel spacing in mm.
    """
    organ = target == LIVER_OR_TUMOR
    if not organ.any():
        return organ
    smooth = _smoothed_inside(hu, organ, spacing_kji)
    unlike = organ & (np.abs(smooth - np.median(smooth[organ])) > tolerance_hu)
    suspect = grown(opened(unlike, _THINNEST_RADIUS_MM, spacing_kji), _NEAR_MM, spacing_kji)
    return organ & ~suspect


def _judged(case: PackedCase, tolerance_hu: float, spacing_kji: Spacing) -> PackedCase:
    if case.split != "train":
        return case
    healthy = healthy_liver(decode(case.image), case.target, tolerance_hu, spacing_kji)
    return replace(case, target=np.where(healthy, LIVER, case.target).astype(np.uint8))


def _smoothed_inside(hu: np.ndarray, organ: np.ndarray, spacing_kji: Spacing) -> np.ndarray:
    """Return HU averaged over neighbors in the organ alone, which leaves its border as bright as its middle."""
    sigma = [_SMOOTHED_MM / step for step in spacing_kji]
    inside = organ.astype(np.float32)
    weight = ndimage.gaussian_filter(inside, sigma)
    return ndimage.gaussian_filter(hu * inside, sigma) / np.maximum(weight, 1e-3)
