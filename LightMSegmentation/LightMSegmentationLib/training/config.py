"""What one training run is made of: a JSON file read into a checked, immutable configuration."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model_card import INPUTS, INTENSITY, LEFTWARD

PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class NetworkConfig:
    """The arguments of the network that are not fixed by the task."""

    init_filters: int = 16
    blocks_down: tuple[int, ...] = (1, 2, 2, 4)
    blocks_up: tuple[int, ...] = (1, 1, 1)


@dataclass(frozen=True)
class SamplingConfig:
    """The chance with which a patch is centered near a voxel of each category."""

    background: float = 0.2
    border: float = 0.3
    liver: float = 0.2
    tumor: float = 0.3


@dataclass(frozen=True)
class ArchiveConfig:
    """How the cases are packed and where patches are taken from them.

    ``name`` is that of the archive's file and of the stage that works at its spacing; ``spacing_mm`` is x, y, z;
    ``margin_mm`` is what is kept around the liver (None: everything). ``teacher`` is the hash of the weights of the
    installed model that says which pseudo labels are not to be believed, see `training.refined_labels`. Where tumors
    are unlabeled, liver within ``healthy_hu`` of its usual brightness teaches that it is no tumor, see
    `training.healthy_liver` (None: it teaches nothing about tumors).
    """

    name: str
    spacing_mm: tuple[float, float, float]
    margin_mm: float | None = None
    teacher: str | None = None
    healthy_hu: float | None = None
    sampling: SamplingConfig = field(default_factory=SamplingConfig)


@dataclass(frozen=True)
class AugmentationConfig:
    """Strengths of the augmentation; a chance of 0 switches a step off."""

    rotation_degrees: float = 12.0
    scale: tuple[float, float] = (0.8, 1.25)
    elastic_mm: float = 6.0
    chance_elastic: float = 0.3
    chance_contrast: float = 0.6
    chance_phase: float = 0.3
    chance_steatosis: float = 0.0
    chance_native: float = 0.0
    chance_noise: float = 0.5
    chance_blur: float = 0.2
    chance_thick_slices: float = 0.3
    chance_cut: float = 0.1
    chance_surroundings: float = 0.15
    chance_fluid: float = 0.0
    chance_synthetic_tumor: float = 0.0
    chance_mirrored: float = 0.0


@dataclass(frozen=True)
class TrainingConfig:
    """One training run.

    Patches are taken from the ``archives`` in turn, so that one network learns to work at several spacings. ``patch``
    is in voxels, k, j, i; ``batch`` counts the patches of all processes together; ``inputs`` are what the network
    is given of a voxel, see `inference.network_input`. ``initial`` is what this run starts from: an earlier run's
    averaged weights, by its name, or those of an installed model, by ``sha256:`` and their hash.
    """

    name: str
    archives: tuple[ArchiveConfig, ...]
    patch: tuple[int, int, int]
    steps: int
    batch: int = 1
    network: NetworkConfig = field(default_factory=NetworkConfig)
    inputs: tuple[str, ...] = (INTENSITY,)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    tumor_weight: float = 1.0
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warmup_steps: int = 50
    decay_fraction: float = 0.4
    clip_norm: float = 1.0
    ema_decay: float = 0.99
    precision: str = "float32"
    seed: int = 0
    initial: str | None = None
    checkpoint_minutes: float = 3.0
    validation_steps: int = 200
    validation_cases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [
            (any(edge < 16 or edge % 8 for edge in self.patch), "patch edges must be multiples of 8, at least 16"),
            (min(self.steps, self.batch, self.validation_steps) < 1, "steps, batch and validation_steps start at 1"),
            (self.precision not in PRECISIONS, f"precision must be one of {', '.join(PRECISIONS)}"),
            (not self.archives, "archives must name at least one"),
            (any(min(archive.spacing_mm) <= 0 for archive in self.archives), "spacing_mm must be positive"),
            (not set(self.inputs) <= set(INPUTS), f"inputs must be among {', '.join(INPUTS)}"),
            (not 0 <= self.ema_decay < 1, "ema_decay must be in [0, 1)"),
            (
                self.augmentation.chance_mirrored > 0 and LEFTWARD not in self.inputs,
                f"chance_mirrored needs the input {LEFTWARD!r}: without it left and right look the same",
            ),
            (not 0 < self.decay_fraction <= 1, "decay_fraction must be in (0, 1]"),
            (
                any(sum(asdict(archive.sampling).values()) <= 0 for archive in self.archives),
                "sampling needs a positive chance",
            ),
        ]
        for wrong, sentence in problems:
            if wrong:
                cause = f"The training configuration {self.name!r} is invalid: {sentence}."
                raise UsageError(cause, "Correct the configuration file.")

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return json.loads(json.dumps(asdict(self)))


_SECTIONS = {"network": NetworkConfig, "augmentation": AugmentationConfig}


def load_config(path: Path) -> TrainingConfig:
    """Read a configuration file.

    Raises
    ------
    UsageError
        When the file is missing, is no JSON, or holds unknown or invalid settings.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        cause = f"The training configuration {path} can't be read: {error}."
        raise UsageError(cause, "Name a JSON file such as configs/coarse.json.") from error
    return config_from_json(content)


def config_from_json(content: dict[str, Any]) -> TrainingConfig:
    """Return the configuration of plain JSON values, refusing unknown and missing names.

    Raises
    ------
    UsageError
        When a name is unknown or missing or a value is invalid.
    """
    sections = {name: _build(kind, content[name], name) for name, kind in _SECTIONS.items() if name in content}
    archives = tuple(_archive(entry) for entry in content.get("archives", []))
    return _build(TrainingConfig, {**content, **sections, "archives": archives}, "configuration")


def _archive(content: dict[str, Any]) -> ArchiveConfig:
    sampling = _build(SamplingConfig, content.get("sampling", {}), "sampling")
    return _build(ArchiveConfig, {**content, "sampling": sampling}, "archives")


def _build(kind: type, content: dict[str, Any], where: str) -> Any:
    unknown = set(content) - {item.name for item in fields(kind)}
    if unknown:
        cause = f"The training configuration has unknown settings in {where}: {', '.join(sorted(unknown))}."
        raise UsageError(cause, "Correct the spelling or remove them.")
    tidy = {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
    try:
        return kind(**tidy)
    except TypeError as error:
        cause = f"The training configuration lacks settings in {where}: {error}."
        raise UsageError(cause, "Add them.") from error
