"""What is reviewed: a scan, and what a model found in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.provenance import Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.read_result import ReadVolume

_SAME_PLACE_MM = 0.5
_SAME_VOLUME = 0.02


@dataclass(frozen=True)
class Prediction:
    """What a model found: labels (uint8; 0, 1 liver, 2 tumor) on the scan's grid, measurements, and the model."""

    labels: Volume
    findings: Findings
    provenance: Provenance


@dataclass(frozen=True)
class Case:
    """A scan with its name, sentences about it, and the untouched prediction, None before there is one.

    ``corrected`` are the labels of an earlier review, to go on with.
    """

    name: str
    scan: ReadVolume
    prediction: Prediction | None = None
    notes: tuple[str, ...] = ()
    corrected: Volume | None = None

    @property
    def labels(self) -> Volume:
        """The predicted labels, all background without a prediction."""
        if self.prediction is not None:
            return self.prediction.labels
        grid = self.scan.volume.grid
        return Volume(np.zeros(grid.shape, np.uint8), grid)


def read_case(path: Path, series: str | None = None, name: str = "") -> Case:
    """Read a scan; raises as `imaging.read.read_volume` does."""
    scan = read_volume(path, series)
    return Case(name or path.name, scan, notes=scan.notes)


def input_key(volume: Volume) -> str:
    """Return what stands for a scan, wherever its file lies: a digest of its voxels and their place."""
    digest = hashlib.blake2b(repr(volume.grid).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(volume.array).data)
    return digest.hexdigest()


def findings_of(labels: Volume, prediction: Prediction | None) -> Findings:
    """Measure labels; a lesion that is still where and as large as it was predicted keeps its confidence."""
    found = measure(labels)
    predicted = () if prediction is None else prediction.findings.lesions
    lesions = (replace(lesion, confidence=_confidence(lesion, predicted)) for lesion in found.lesions)
    return replace(found, lesions=tuple(lesions))


def _confidence(lesion: Lesion, predicted: tuple[Lesion, ...]) -> float | None:
    return next((former.confidence for former in predicted if _is_same(lesion, former)), None)


def _is_same(lesion: Lesion, former: Lesion) -> bool:
    distance = np.linalg.norm(np.subtract(lesion.center_ras, former.center_ras))
    return bool(
        distance < _SAME_PLACE_MM and abs(lesion.volume_ml - former.volume_ml) <= _SAME_VOLUME * former.volume_ml
    )


def findings_of_report(text: str) -> Findings | None:
    """Return the findings that a report (`run_report`) tells; None where it tells of none."""
    document: Any = json.loads(text)
    plain = document.get("findings") if isinstance(document, dict) else None
    if not plain:
        return None
    lesions = tuple(
        Lesion(
            one["number"],
            one["volume_ml"],
            one["largest_axial_diameter_mm"],
            tuple(one["center_ras"]),
            one.get("confidence"),
        )
        for one in plain["lesions"]
    )
    return Findings(plain["liver_volume_ml"], plain["tumor_volume_ml"], plain["tumor_burden_percent"], lesions)
