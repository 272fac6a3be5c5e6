"""Which case and where: patch centers balanced over liver border, tumor, background and liver."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.targets import BACKGROUND, TUMOR, UNKNOWN

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import PackedCase
    from LightMSegmentationLib.training.config import SamplingConfig

_KEPT_VOXELS = 20_000


@dataclass(frozen=True)
class PatchCenter:
    """A voxel (k, j, i) of a case, the middle of the patch to cut."""

    case: PackedCase
    voxel: tuple[int, int, int]


class CenterSampler:
    """Draws a category, then a patient that has it, then one of the patient's cases, then a voxel.

    Drawing patients rather than cases keeps a patient with four scans from counting four times.
    """

    def __init__(self, cases: tuple[PackedCase, ...], config: SamplingConfig) -> None:
        self._voxels: dict[str, dict[str, list[tuple[PackedCase, np.ndarray]]]] = {}
        for case in cases:
            for category, flat in category_voxels(case.target, case.image).items():
                if len(flat):
                    self._voxels.setdefault(category, {}).setdefault(case.patient, []).append((case, flat))
        chances = {name: chance for name, chance in asdict(config).items() if name in self._voxels}
        total = sum(chances.values())
        self._chances = {name: chance / total for name, chance in chances.items()}

    def draw(self, rng: np.random.Generator) -> PatchCenter:
        """Return the next patch center."""
        category = rng.choice(list(self._chances), p=list(self._chances.values()))
        patients = self._voxels[category]
        scans = patients[list(patients)[rng.integers(len(patients))]]
        case, flat = scans[rng.integers(len(scans))]
        k, j, i = np.unravel_index(flat[rng.integers(len(flat))], case.target.shape)
        return PatchCenter(case, (int(k), int(j), int(i)))


def category_voxels(target: np.ndarray, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return flat indices of voxels in each category, at most 20,000 evenly spread ones per category.

    Background means organs and muscle, what a liver may be mistaken for: half of a scan is air and fat, whose code in
    the image is 0.
    """
    known = target != UNKNOWN
    organ = (target > BACKGROUND) & known
    grown = ndimage.binary_dilation(organ, iterations=2)
    shrunk = ndimage.binary_erosion(organ, iterations=2)
    masks = {
        "background": ~grown & known & (image > 0),
        "border": grown & ~shrunk & known,
        "liver": shrunk,
        "tumor": target == TUMOR,
    }
    return {name: _thinned(np.flatnonzero(mask)) for name, mask in masks.items()}


def _thinned(flat: np.ndarray) -> np.ndarray:
    stride = max(1, -(-len(flat) // _KEPT_VOXELS))
    return flat[::stride].astype(np.int32)
