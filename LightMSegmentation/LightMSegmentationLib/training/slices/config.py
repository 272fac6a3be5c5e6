"""What one training run of a two-dimensional network is made of: a JSON file read into a checked configuration."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.codec import from_json
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.slice_plan import SlicePlan
from LightMSegmentationLib.network.architecture import LIGHTM_UNET, VM_UNET

if TYPE_CHECKING:
    from pathlib import Path

KIND = "slices"
SOURCES = ("ct", "photo")
OPTIMIZERS = ("adamw", "adam")
SCHEDULES = ("cosine", "polynomial")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class InputConfig:
    """How pictures are shown to the network; see `inference.slice_plan.SlicePlan`, whose entries these are.

    ``channels`` is 1 for gray or 3 for color; ``labels`` are the classes' names in the order of their values.
    """

    source: str
    size: tuple[int, int]
    scaled_to: tuple[float, float]
    labels: tuple[str, ...]
    channels: int = 3
    order: int = 1
    window: tuple[float, float] | None = None


@dataclass(frozen=True)
class VMUNetConfig:
    """The arguments of VM-UNet; these are the paper's, with 27.43 M parameters."""

    depths: tuple[int, ...] = (2, 2, 2, 2)
    depths_decoder: tuple[int, ...] = (2, 2, 2, 1)
    dims: tuple[int, ...] = (96, 192, 384, 768)
    drop_path_rate: float = 0.2


@dataclass(frozen=True)
class LightMUNetConfig:
    """The arguments of LightM-UNet; these are the authors' published ones."""

    init_filters: int = 32
    blocks_down: tuple[int, ...] = (1, 2, 2, 4)
    blocks_up: tuple[int, ...] = (1, 1, 1)


@dataclass(frozen=True)
class OptimizerConfig:
    """``adamw`` decays weights apart from the gradient, ``adam`` as part of it."""

    kind: str
    learning_rate: float
    weight_decay: float
    epsilon: float = 1e-8
    clip_norm: float | None = None


@dataclass(frozen=True)
class ScheduleConfig:
    """How the learning rate changes from epoch to epoch.

    ``cosine`` falls to ``lowest`` in ``period_epochs``, rises again in as many, and so on; ``polynomial`` falls to zero
    at the last epoch with ``power``.
    """

    kind: str
    period_epochs: int = 50
    lowest: float = 0.0
    power: float = 0.9


@dataclass(frozen=True)
class LossConfig:
    """Weights of cross entropy and Dice loss."""

    cross_entropy: float = 1.0
    dice: float = 1.0


@dataclass(frozen=True)
class SliceAugmentationConfig:
    """Chances of each change of a picture; 0 switches a change off.

    ``chance_turn``: by a number of right angles, and mirrored. ``chance_rotation`` is that of pictures that were not
    turned: by any angle in ``rotation_degrees``. ``chance_mirror`` is that of either axis.
    """

    chance_mirror: float = 0.0
    chance_turn: float = 0.0
    chance_rotation: float = 0.0
    rotation_degrees: tuple[float, float] = (0.0, 360.0)
    chance_scale: float = 0.0
    scale: tuple[float, float] = (0.7, 1.4)
    chance_contrast: float = 0.0
    contrast: tuple[float, float] = (0.75, 1.25)
    chance_gamma: float = 0.0
    gamma: tuple[float, float] = (0.7, 1.5)
    chance_noise: float = 0.0
    noise: float = 0.1


@dataclass(frozen=True)
class SliceTrainingConfig:
    """One training run of VM-UNet or of a two-dimensional LightM-UNet: exactly one of the two is given.

    ``outputs`` is the number of classes, or 1 for a network that tells one thing from its background by a sigmoid.
    ``packed`` names the packed pictures, which runs may share. What is exported are the averaged weights (as they are
    for an ``ema_decay`` of 0) of the epoch that validated best, or the last ones where nothing validates.
    """

    name: str
    packed: str
    input: InputConfig
    outputs: int
    epochs: int
    batch: int
    optimizer: OptimizerConfig
    schedule: ScheduleConfig
    vm_unet: VMUNetConfig | None = None
    lightm_unet: LightMUNetConfig | None = None
    loss: LossConfig = field(default_factory=LossConfig)
    augmentation: SliceAugmentationConfig = field(default_factory=SliceAugmentationConfig)
    ema_decay: float = 0.0
    precision: str = "float32"
    seed: int = 42
    validation_epochs: int = 10
    checkpoint_minutes: float = 3.0
    kind: str = KIND

    def __post_init__(self) -> None:
        classes = len(self.input.labels)
        problems = [
            ((self.vm_unet is None) == (self.lightm_unet is None), "name one of vm_unet and lightm_unet"),
            (self.input.source not in SOURCES, f"source must be one of {', '.join(SOURCES)}"),
            ((self.input.source == "ct") != (self.input.window is not None), "window belongs to the source ct"),
            (self.input.channels not in {1, 3}, "channels must be 1 or 3"),
            (classes < 2, "labels must name the background and at least one class"),
            (self.outputs not in ({1, 2} if classes == 2 else {classes}), "outputs must be the number of labels"),
            (min(self.epochs, self.batch, self.validation_epochs) < 1, "epochs and batch start at 1"),
            (self.optimizer.kind not in OPTIMIZERS, f"optimizer must be one of {', '.join(OPTIMIZERS)}"),
            (self.schedule.kind not in SCHEDULES, f"schedule must be one of {', '.join(SCHEDULES)}"),
            (self.schedule.period_epochs < 1, "period_epochs starts at 1"),
            (self.precision not in PRECISIONS, f"precision must be one of {', '.join(PRECISIONS)}"),
            (not 0 <= self.ema_decay < 1, "ema_decay must be in [0, 1)"),
        ]
        for wrong, sentence in problems:
            if wrong:
                cause = f"The training configuration {self.name!r} is invalid: {sentence}."
                raise UsageError(cause, "Correct the configuration file.")

    @property
    def plan(self) -> SlicePlan:
        """How the network's input is made, as a model card keeps it; the weights are not named yet."""
        arguments: dict[str, Any] = {"in_channels": self.input.channels, "out_channels": self.outputs}
        if self.vm_unet is not None:
            arguments |= asdict(self.vm_unet)
        if self.lightm_unet is not None:
            arguments |= {"spatial_dims": 2, **asdict(self.lightm_unet)}
        return SlicePlan(
            source="ct" if self.input.source == "ct" else "photo",
            architecture=LIGHTM_UNET if self.vm_unet is None else VM_UNET,
            network=arguments,
            size=self.input.size,
            order=self.input.order,
            window=self.input.window,
            scaled_to=self.input.scaled_to,
            neighbors=0,
            labels={label: value for value, label in enumerate(self.input.labels)},
            weights="",
            sha256="",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return json.loads(json.dumps(asdict(self)))


def is_slice_config(path: Path) -> bool:
    """Tell whether a file is the configuration of a two-dimensional run."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("kind") == KIND


def load_slice_config(path: Path) -> SliceTrainingConfig:
    """Read a configuration file.

    Raises
    ------
    UsageError
        When the file is missing, is no JSON, or holds unknown or invalid settings.
    """
    try:
        return from_json(SliceTrainingConfig, json.loads(path.read_text(encoding="utf-8")), "configuration")
    except (OSError, ValueError) as error:
        cause = f"The training configuration {path} can't be read: {error}."
        advice = "Correct it; configs/skin-vm-unet.json is one that works."
        raise UsageError(cause, advice) from error
