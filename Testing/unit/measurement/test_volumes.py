"""Volumes of segments, from label maps of any model."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.measurement.findings import Findings
from LightMSegmentationLib.measurement.volumes import segment_volumes, volumes_beside, volumes_text
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR

HALF_A_MILLILITER = (5.0, 10.0, 10.0)
SEGMENTS = segments_of({"background": 0, "spleen": 1, "liver": 2, "liver tumor": 3, "stomach": 4})


@pytest.fixture
def labels() -> Volume:
    """Return a spleen of four voxels, a liver of two and one of its tumors."""
    array = np.zeros((2, 3, 4), np.uint8)
    array[0, 0] = 1
    array[1, 0, :2] = 2
    array[1, 0, 2] = 3
    return Volume(array, Grid((4, 3, 2), HALF_A_MILLILITER, (0.0, 0.0, 0.0)))


def test_the_liver_counts_with_its_tumors(labels: Volume) -> None:
    assert segment_volumes(labels, SEGMENTS) == {"spleen": 2.0, "stomach": 0.0, "liver": 1.5, "liver_tumor": 0.5}


def test_findings_tell_liver_and_tumors_already(labels: Volume) -> None:
    volumes = segment_volumes(labels, SEGMENTS)
    findings = Findings(1.5, 0.5, 33.3, ())
    assert volumes_beside(findings, SEGMENTS, volumes) == {"spleen": 2.0, "stomach": 0.0}
    assert list(volumes_beside(None, SEGMENTS, volumes)) == ["spleen", "liver", "stomach", "liver tumor"]
    assert volumes_beside(findings, LIVER_AND_TUMOR, volumes) == {}


def test_what_was_not_found_comes_last() -> None:
    assert volumes_text({"aorta": 0.0, "spleen": 210.4, "left adrenal gland": 0.25}) == (
        "spleen 210 mL, left adrenal gland 0.25 mL; not found: aorta"
    )
    assert volumes_text({"liver": 1500.0}) == "liver 1500 mL"
