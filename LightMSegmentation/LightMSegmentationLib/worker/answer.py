"""A segmentation as the worker answers it: the result, with the name of a file in place of its voxels."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.worker.protocol import Segmented

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume

_SAME = tuple(field.name for field in fields(SegmentationResult) if field.name != "labels")


def answer_of(job: int, result: SegmentationResult, labels: str | None) -> Segmented:
    """Return the answer to a job whose labels lie in the file ``labels``; None when nothing was found."""
    return Segmented(id=job, labels=labels, **{name: getattr(result, name) for name in _SAME})


def result_of(answer: Segmented, labels: Volume | None) -> SegmentationResult:
    """Return the result that was answered, with its labels as they were read."""
    return SegmentationResult(labels=labels, **{name: getattr(answer, name) for name in _SAME})
