"""What is measured on a segmentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesion:
    """One tumor: 1 is the largest by volume; the center of mass is in RAS mm, without any parent transform.

    `measurement.diameter` holds the definition of the diameter.
    """

    number: int
    volume_ml: float
    largest_axial_diameter_mm: float
    center_ras: tuple[float, float, float]


@dataclass(frozen=True)
class Findings:
    """Volumes and lesions; the liver's volume includes its tumors, the burden is tumor volume over liver volume."""

    liver_volume_ml: float
    tumor_volume_ml: float
    tumor_burden_percent: float
    lesions: tuple[Lesion, ...]
