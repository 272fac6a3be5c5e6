"""A case of a few voxels: a liver with one tumor."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.read_result import ReadVolume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.review.case import Case, Prediction

GRID = Grid((12, 10, 8), (2.0, 2.0, 3.0), (-10.0, 5.0, 20.0))


def small_labels() -> Volume:
    """Return a liver of 6 x 6 x 6 voxels with a tumor of 2 x 2 x 2 in it."""
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1:7, 2:8, 2:8] = 1
    labels[3:5, 4:6, 4:6] = 2
    return Volume(labels, GRID)


def small_case(confidence: float | None = 0.9) -> Case:
    """Return the case with its prediction; its one lesion has ``confidence``."""
    labels = small_labels()
    scan = ReadVolume(Volume(np.where(labels.array > 0, 100, -50).astype(np.int16), GRID))
    measured = measure(labels)
    lesions = tuple(
        Lesion(one.number, one.volume_ml, one.largest_axial_diameter_mm, one.center_ras, confidence)
        for one in measured.lesions
    )
    findings = Findings(measured.liver_volume_ml, measured.tumor_volume_ml, measured.tumor_burden_percent, lesions)
    return Case("small.nii.gz", scan, Prediction(labels, findings, Provenance("tiny", "1.0", "2026-01-01")))
