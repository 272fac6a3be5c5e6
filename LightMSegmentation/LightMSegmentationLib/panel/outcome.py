"""What a finished run leaves: nodes in the scene, findings, and what really ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTableNode

    from LightMSegmentationLib.measurement.findings import Findings


@dataclass(frozen=True)
class SegmentationOutcome:
    """The end of a run that did not fail.

    Without a liver ``segmentationNode``, ``tableNode`` and ``findings`` are None, ``noLiverReasons`` says why, and the
    scene is as it was. ``seconds`` is the time from the click to the segments, ``timings`` that of each stage in the
    worker.
    """

    volumeNode: vtkMRMLScalarVolumeNode
    segmentationNode: vtkMRMLSegmentationNode | None
    tableNode: vtkMRMLTableNode | None
    findings: Findings | None
    noLiverReasons: tuple[str, ...]
    notes: tuple[str, ...]
    device: str
    backend: str
    model: str
    modelVersion: str
    seconds: float
    timings: dict[str, float]
