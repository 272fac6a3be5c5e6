"""What models of others draw becomes a result like any other, or a label map that says what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from LightMSegmentationLib.errors import CancelledError
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.foreign_model import ForeignModel
from LightMSegmentationLib.inference.model_card import ModelCard
from LightMSegmentationLib.inference.segment_volume import segment_volume
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR

from Testing.data.phantom import abdomen_phantom


@dataclass(frozen=True)
class Draws:
    """A predictor that draws given labels."""

    class_values: dict[str, int]
    labels: np.ndarray

    def labels_of(self, volume: Volume, report: Callable[[int, int], None]) -> np.ndarray:  # noqa: ARG002
        report(0, 1)
        return self.labels


class Listens:
    """A monitor that remembers, and stops the run at a stage."""

    def __init__(self, stop_at: Stage | None = None) -> None:
        self.stop_at, self.stages = stop_at, []

    def report(self, stage: Stage, done: int, total: int) -> None:  # noqa: ARG002
        self.stages.append(stage)
        if stage is self.stop_at:
            raise CancelledError


@pytest.fixture(scope="module")
def phantom() -> tuple[Volume, Volume]:
    return abdomen_phantom(seed=1, spacing=(6.0, 6.0, 6.0), tumor_diameters=(25.0, 50.0))


def model_of(values: dict[str, int], labels: np.ndarray) -> ForeignModel:
    card = ModelCard("theirs", "1", "MIT", tuple(values), {}, {}, Path("theirs.json"))
    return ForeignModel(card, Draws(values, labels), torch.device("cpu"), "reference")


def test_liver_and_tumor_are_brought_to_our_values_and_measured(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    swapped = np.array([0, 2, 1], dtype=np.uint8)[truth.array]
    monitor = Listens()

    result = segment_volume(hu, model_of({"background": 0, "tumour": 1, "Liver": 2}, swapped), monitor)

    assert np.array_equal(result.labels.array, truth.array)
    assert result.labels.grid == hu.grid
    assert result.findings.liver_volume_ml > 500
    assert result.findings.lesions
    assert result.segments == LIVER_AND_TUMOR
    assert result.volumes_ml["liver"] == pytest.approx(result.findings.liver_volume_ml)
    assert result.volumes_ml["liver_tumor"] == pytest.approx(result.findings.tumor_volume_ml)
    assert (result.model, result.no_liver_reasons) == ("theirs", ())
    assert set(monitor.stages) == {Stage.CHECK, Stage.DELINEATE, Stage.MEASURE}


def test_other_organs_keep_their_values_and_become_segments(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    model = model_of({"background": 0, "spleen": 1, "stomach": 2}, truth.array)

    result = segment_volume(hu, model, Listens())

    assert np.array_equal(result.labels.array, truth.array)
    assert result.findings is None
    assert [(one.role.name, one.labels) for one in result.segments] == [("spleen", (1,)), ("stomach", (2,))]
    milliliters = np.bincount(truth.array.ravel()) * hu.grid.voxel_volume_ml
    assert result.volumes_ml == pytest.approx({"spleen": milliliters[1], "stomach": milliliters[2]})


def test_a_model_of_the_liver_alone_says_nothing_of_tumors(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    result = segment_volume(hu, model_of({"background": 0, "hepar": 7}, 7 * (truth.array > 0)), Listens())

    assert np.array_equal(result.labels.array, truth.array > 0)
    assert result.findings is None
    assert [(one.role.segment_id, one.labels) for one in result.segments] == [("liver", (1,))]
    assert result.volumes_ml["liver"] > 500


def test_tumors_of_the_liver_are_measured_beside_other_organs(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    values = {"background": 0, "liver tumor": 1, "spleen": 4, "liver": 6}
    theirs = np.array([0, 6, 1], np.uint8)[truth.array]
    theirs[0, 0, 0] = 4

    result = segment_volume(hu, model_of(values, theirs), Listens())

    assert np.array_equal(result.labels.array, theirs)
    assert [(one.role.segment_id, one.labels) for one in result.segments] == [
        ("spleen", (4,)),
        ("liver", (6, 1)),
        ("liver_tumor", (1,)),
    ]
    assert result.findings.lesions
    assert result.volumes_ml["liver"] == pytest.approx(result.findings.liver_volume_ml)


def test_a_label_map_of_nothing_names_what_was_looked_for(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    result = segment_volume(hu, model_of({"background": 0, "spleen": 1}, np.zeros_like(truth.array)), Listens())
    assert result.labels is None
    assert result.no_liver_reasons == ("The network found nothing of what it tells: spleen.",)


def test_no_liver_is_a_result_with_reasons(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    model = model_of({"background": 0, "liver": 1}, np.zeros_like(truth.array))
    result = segment_volume(hu, model, Listens())
    assert (result.labels, result.findings) == (None, None)
    assert result.no_liver_reasons[0] == "The network found no liver."


def test_it_can_be_stopped_while_it_draws(phantom: tuple[Volume, Volume]) -> None:
    hu, truth = phantom
    with pytest.raises(CancelledError):
        segment_volume(hu, model_of({"background": 0, "liver": 1}, truth.array), Listens(Stage.DELINEATE))
