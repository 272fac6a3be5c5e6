"""Predicted and true lesions of a scan side by side: what a lesion's confidence and its threshold are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.box import crop_grid
from LightMSegmentationLib.imaging.resample import resample
from LightMSegmentationLib.inference.confidence import log_odds, mean_inside
from LightMSegmentationLib.inference.result import TUMOR
from LightMSegmentationLib.measurement.components import NEIGHBORS, components
from LightMSegmentationLib.measurement.detection import LEAST_SHARE
from LightMSegmentationLib.measurement.diameter import largest_axial_diameter

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume


@dataclass(frozen=True)
class LesionEvidence:
    """The lesions of one scan.

    Of the predicted lesions: the ``log_odds`` of their mean probability of tumor, their ``peak`` probability and
    ``volume_ml``; of the true ones ``true_mm``, their largest axial diameters, and ``true_ml``. ``common_ml``
    (predicted, true) is what they share.
    """

    patient: str
    log_odds: np.ndarray
    peak: np.ndarray
    volume_ml: np.ndarray
    true_mm: np.ndarray
    true_ml: np.ndarray
    common_ml: np.ndarray

    @property
    def real(self) -> np.ndarray:
        """Which predicted lesions are met by true ones, as `measurement.detection` says."""
        return self.common_ml.sum(axis=1) >= LEAST_SHARE * self.volume_ml

    def found(self, kept: np.ndarray) -> np.ndarray:
        """Return which true lesions the ``kept`` predicted ones (bool) meet."""
        return self.common_ml[kept].sum(axis=0) >= LEAST_SHARE * self.true_ml

    def dice(self, kept: np.ndarray) -> float:
        """Return the Dice of the tumor when only ``kept`` predicted lesions count; the scan has true ones."""
        return float(2.0 * self.common_ml[kept].sum() / (self.volume_ml[kept].sum() + self.true_ml.sum()))


def lesion_evidence(patient: str, labels: Volume, reference: Volume, probability: Volume) -> LesionEvidence:
    """Compare label maps (2 is tumor) on one canonical grid; ``probability`` of tumor is on the network's grid."""
    grid = labels.grid
    numbered, count = ndimage.label(reference.array == TUMOR, NEIGHBORS)
    true = [(largest_axial_diameter(own, grid.spacing[:2]), int(own.sum())) for _, own in components(numbered > 0)]
    odds, peaks, sizes, common = [], [], [], []
    for box, own in components(labels.array == TUMOR):
        place = crop_grid(grid, box)
        sizes.append(np.count_nonzero(own) * grid.voxel_volume_ml)
        odds.append(log_odds(mean_inside(probability, own, place)))
        peaks.append(float(resample(probability, place, default_value=0.0).array[own].max()))
        common.append(np.bincount(numbered[box.slices][own], minlength=count + 1)[1:] * grid.voxel_volume_ml)
    return LesionEvidence(
        patient=patient,
        log_odds=np.array(odds, float),
        peak=np.array(peaks, float),
        volume_ml=np.array(sizes, float),
        true_mm=np.array([diameter for diameter, _ in true], float),
        true_ml=np.array([voxels for _, voxels in true], float) * grid.voxel_volume_ml,
        common_ml=np.reshape(common, (len(sizes), count)),
    )
