"""What a finished run leaves: nodes in the scene, findings, and what really ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTableNode

    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.segment_role import LabeledSegment


@dataclass(frozen=True)
class SegmentationOutcome:
    """The end of a run that did not fail.

    Without a liver, or whatever the model tells, ``segmentationNode`` is None, ``noLiverReasons`` says why, and the
    scene is as it was. ``tableNode`` and ``findings`` are None then, and where the model tells no liver tumors.
    ``segments`` are all that the model tells, ``volumesMl`` their volumes by identifier. ``seconds`` is the
    time from the click to the segments, ``timings`` that of each stage in the worker.
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
    segments: tuple[LabeledSegment, ...]
    volumesMl: dict[str, float]
