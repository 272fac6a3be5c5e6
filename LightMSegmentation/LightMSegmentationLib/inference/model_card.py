"""The model card: the contract between training and inference."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference import slice_plan
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.inference.slice_plan import SlicePlan, parse_slice_plan
from LightMSegmentationLib.nnunet import plan as nnunet_plan
from LightMSegmentationLib.nnunet.plan import NnUNetPlan, parse_plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from LightMSegmentationLib.segment_role import LabeledSegment

FORMAT = 1
CLASSES = ("background", "liver", "liver tumor")
INPUTS = INTENSITY, LEFTWARD, BACKWARD = "intensity", "leftward", "backward"
"""What a channel of a network's input may hold: the CT's intensity, or where in the body a voxel is."""
_OPTIONAL = ("inputs", "clamp_hu", "margin_mm")
_READ_APART = ("network", "calibration", *_OPTIONAL)
REPAIR = "Install the model again, or choose another one with --model."


@dataclass(frozen=True)
class NetworkPlan:
    """The arguments of the network's class."""

    spatial_dims: int
    in_channels: int
    out_channels: int
    init_filters: int
    blocks_down: tuple[int, ...]
    blocks_up: tuple[int, ...]


@dataclass(frozen=True)
class Calibration:
    """What makes honest probabilities of a stage's logits; see `inference.confidence`, fitted by `training.calibrate`.

    The logits are divided by ``temperature``, then ``tumor_bias`` is added to the tumor's. Offset and weight are those
    of the logistic regression that gives a lesion's confidence; lesions of less than ``lesion_threshold`` are not
    counted as tumors. The defaults are those of a model that nobody has calibrated: the confidence is the mean
    probability as it is, and every lesion counts.
    """

    temperature: float = 1.0
    tumor_bias: float = 0.0
    lesion_offset: float = 0.0
    lesion_log_odds: float = 1.0
    lesion_threshold: float = 0.0

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and 0 <= self.lesion_threshold < 1):
            message = f"calibration needs a positive temperature and a lesion_threshold from 0 to 1, got {self}"
            raise ValueError(message)


@dataclass(frozen=True)
class StagePlan:
    """One network and how its input is made.

    ``spacing_mm`` is x, y, z (canonical axes L, P, S); ``patch`` is k, j, i in voxels of that spacing; intensities are
    clamped to ``window_hu`` and scaled to -1..1; neighboring patches share the fraction ``overlap`` of their extent.
    ``inputs`` names what each channel of the network's input holds, see `inference.network_input`. Before it is
    resampled, the scan is clamped to ``clamp_hu``: metal must not bleed into its surroundings. A fine stage is given
    the liver that the coarse one found and ``margin_mm`` around it. Cards may leave these three and ``calibration``
    out.
    """

    network: NetworkPlan
    spacing_mm: tuple[float, float, float]
    window_hu: tuple[float, float]
    patch: tuple[int, int, int]
    overlap: float
    weights: str
    sha256: str
    inputs: tuple[str, ...] = (INTENSITY,)
    clamp_hu: tuple[float, float] = (-250.0, 500.0)
    margin_mm: float = 20.0
    calibration: Calibration = Calibration()

    def __post_init__(self) -> None:
        if len(self.inputs) != self.network.in_channels or not set(self.inputs) <= set(INPUTS):
            channels = self.network.in_channels
            message = f"inputs must name each of {channels} channels as one of {INPUTS}, got {self.inputs}"
            raise ValueError(message)


@dataclass(frozen=True)
class ModelCard:
    """A model's name, version, stages and everything that people should know before using it.

    ``stages`` has ``coarse`` and may have ``fine``; a model that others made has none but a ``foreign`` plan instead.
    ``about`` holds the card's free part: intended use, training sources, license notes, measured accuracy, limits.
    """

    name: str
    version: str
    license: str
    classes: tuple[str, ...]
    stages: dict[str, StagePlan]
    about: dict[str, Any]
    path: Path
    foreign: NnUNetPlan | SlicePlan | None = None

    @property
    def class_values(self) -> dict[str, int]:
        """The values of the model's own label maps by the classes' names, the background's among them."""
        if self.foreign is not None:
            return self.foreign.labels
        return {name: value for value, name in enumerate(self.classes)}

    @property
    def segments(self) -> tuple[LabeledSegment, ...]:
        """The segments that the classes become."""
        return segments_of(self.class_values)

    @property
    def weights_files(self) -> dict[str, str]:
        """SHA-256 of all weights files by their names."""
        if self.foreign is not None:
            return self.foreign.weights_files
        return {stage.weights: stage.sha256 for stage in self.stages.values()}

    def weights_path(self, stage: StagePlan) -> Path:
        """Return where a stage's weights are: beside the card."""
        return self.path.parent / stage.weights


def read_model_card(path: Path) -> ModelCard:
    """Read and check a model card.

    Raises
    ------
    ModelError
        When the file is missing, no JSON, of another format, or lacks or misnames an entry.
    """
    if not path.is_file():
        cause = f"There is no model card at {path}."
        raise ModelError(cause, "Run 'lightm models' to see what is installed.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        cause = f"The model card {path.name} is no valid JSON ({error})."
        raise ModelError(cause, REPAIR) from error
    try:
        return _parse_card(content, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        cause = f"The model card {path.name} is incomplete or wrong ({error!r})."
        raise ModelError(cause, REPAIR) from error


def _parse_card(content: dict[str, Any], path: Path) -> ModelCard:
    if content["format"] != FORMAT:
        cause = f"The model card {path.name} has format {content['format']}, this version reads format {FORMAT}."
        raise ModelError(cause, "Update LightMUNet, or choose another model with --model.")
    foreign = _parse_foreign(content["foreign"], path) if "foreign" in content else None
    classes = tuple(content["classes"])
    if foreign is None and classes != CLASSES:
        message = f"classes must be {CLASSES}, got {classes}"
        raise ValueError(message)
    stages = {name: _parse_stage(entry) for name, entry in content.get("stages", {}).items()}
    if foreign is None and "coarse" not in stages:
        message = "stages must contain 'coarse'"
        raise ValueError(message)
    about = content.get("about", {})
    card = ModelCard(content["name"], content["version"], content["license"], classes, stages, about, path, foreign)
    for name in card.weights_files:
        _check_file_name(name)
    return card


def _parse_foreign(entry: Mapping[str, Any], path: Path) -> NnUNetPlan | SlicePlan:
    if entry["kind"] == nnunet_plan.KIND:
        return parse_plan(entry)
    if entry["kind"] == slice_plan.KIND:
        return parse_slice_plan(entry)
    cause = f"The model card {path.name} describes a model of the kind '{entry['kind']}', which is not known here."
    raise ModelError(cause, "Update LightMUNet, or choose another model with --model.")


def _check_file_name(name: str) -> None:
    if "/" in name or "\\" in name or name in {"", ".", ".."}:
        message = f"weights must be a file name beside the card, got {name}"
        raise ValueError(message)


def _parse_stage(entry: dict[str, Any]) -> StagePlan:
    network = NetworkPlan(**{field.name: _frozen(entry["network"][field.name]) for field in fields(NetworkPlan)})
    values = {field.name: _frozen(entry[field.name]) for field in fields(StagePlan) if field.name not in _READ_APART}
    given = {name: _frozen(entry[name]) for name in _OPTIONAL if name in entry}
    calibration = Calibration(**entry.get("calibration", {}))
    return StagePlan(network=network, calibration=calibration, **values, **given)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
