"""A result passes through the worker's pipe as it is."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.answer import answer_of, result_of

GRID = Grid((2, 3, 4), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
RESULT = SegmentationResult(
    labels=None,
    findings=Findings(1500.0, 20.0, 1.3, (Lesion(1, 20.0, 34.0, (1.0, 2.0, 3.0), 0.75),)),
    no_liver_reasons=("a reason",),
    notes=("a note",),
    device="cuda",
    backend="numba",
    model="liver-tumor",
    model_version="9.9",
    timings={"locate": 1.5},
    weights_sha256={"coarse": "5c21"},
    segments=LIVER_AND_TUMOR[:1],
    volumes_ml={"liver": 1500.0},
)


def through_the_pipe(answer: protocol.Segmented) -> protocol.Segmented:
    line = protocol.read_json_object(protocol.encode(answer).decode())
    assert line is not None
    event = protocol.decode_event(line)
    assert isinstance(event, protocol.Segmented)
    return event


def test_every_field_comes_out_as_it_went_in() -> None:
    told = {field.name for field in fields(RESULT) if getattr(RESULT, field.name)}
    assert told == {field.name for field in fields(RESULT)} - {"labels"}, "a field that is told nothing tests nothing"
    assert result_of(through_the_pipe(answer_of(3, RESULT, None)), None) == RESULT


def test_voxels_stay_behind_in_their_file() -> None:
    labels = Volume(np.ones(GRID.shape, np.uint8), GRID)
    answer = through_the_pipe(answer_of(3, replace(RESULT, labels=labels), "labels-3.npy"))
    assert (answer.id, answer.labels) == (3, "labels-3.npy")
    assert result_of(answer, labels).labels is labels
