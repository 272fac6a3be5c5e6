"""What tumors look like in each phase of contrast, as ranges that synthetic ones are drawn from.

Metastases are darker than the liver in every phase. Hepatocellular carcinomas are fed by arteries: brighter than the
liver in the arterial phase, patchy, and darker than it ("washed out") with a bright capsule later; large ones are dead
inside (Chernyak et al., Liver Imaging Reporting and Data System version 2018, Radiology 289:816-830, 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Range = tuple[float, float]


@dataclass(frozen=True)
class TumorLook:
    """Ranges of contrast against the liver around, in HU, and chances of what only larger tumors have.

    ``mosaic_hu`` is the standard deviation of patches inside, ``necrosis_depth`` where the dead core begins, in radii
    below the surface.
    """

    contrast_hu: Range
    mosaic_hu: Range
    rim_hu: Range
    chance_rim: float
    necrosis_hu: Range
    chance_necrosis: float
    necrosis_depth: Range


HYPODENSE = TumorLook((-70.0, -15.0), (0.0, 8.0), (-25.0, 30.0), 0.35, (-45.0, -15.0), 0.4, (0.3, 0.5))
HYPERVASCULAR = TumorLook((12.0, 50.0), (5.0, 22.0), (-15.0, 15.0), 0.3, (-90.0, -40.0), 0.5, (0.2, 0.6))
WASHED_OUT = TumorLook((-35.0, -8.0), (3.0, 14.0), (12.0, 40.0), 0.7, (-45.0, -15.0), 0.4, (0.2, 0.6))

_CHANCES: dict[str, dict[TumorLook, float]] = {
    "arterial": {HYPODENSE: 0.35, HYPERVASCULAR: 0.6, WASHED_OUT: 0.05},
    "delayed": {HYPODENSE: 0.45, HYPERVASCULAR: 0.05, WASHED_OUT: 0.5},
    "portal venous": {HYPODENSE: 0.65, HYPERVASCULAR: 0.12, WASHED_OUT: 0.23},
}
_USUAL = "portal venous"


def draw_look(phase: str, rng: np.random.Generator) -> TumorLook:
    """Draw how a tumor looks in a phase, which is named as the data's manifest does; portal venous if unknown."""
    named = next((name for name in _CHANCES if name in phase), _USUAL)
    looks = _CHANCES[named]
    return list(looks)[rng.choice(len(looks), p=list(looks.values()))]
