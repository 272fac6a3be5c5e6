"""What nnU-Net's plans say about making input and labels, as a model card keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PLANS_FILE = "plans.json"
"""What a folder of nnU-Net's results is known by."""
KIND = "nnunet"


@dataclass(frozen=True)
class Normalization:
    """How one channel's intensities are brought into the network's range: nnU-Net's scheme and its numbers.

    ``mean``, ``std``, ``lowest`` and ``highest`` are those of the foreground of the training images, in their unit;
    the last two are the half and the 99.5th percentile.
    """

    scheme: str
    inside_only: bool
    mean: float
    std: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Resampling:
    """Order of the splines, and how an axis is treated whose spacing is much coarser than the others'.

    ``separate_axis`` forces (or forbids) that such an axis is resampled by itself, to the nearest slice; None leaves
    it to the spacings.
    """

    order: int
    separate_axis: bool | None


@dataclass(frozen=True)
class Fold:
    """The weights of one fold: a file beside the card, and its hash."""

    weights: str
    sha256: str


@dataclass(frozen=True)
class NnUNetPlan:
    """A configuration of nnU-Net, 2d or 3d_fullres, with what it needs of the dataset.

    Axes are those of the image file, k, j, i, brought into the order ``transpose_forward``. ``spacing`` (mm) and
    ``patch`` have two entries for 2d and three for 3d_fullres, in that order of axes. ``labels`` are values by name.
    ``mirror_axes`` count from the first axis of the patch. The folds' logits are averaged.
    """

    configuration: str
    network: dict[str, Any]
    folds: tuple[Fold, ...]
    transpose_forward: tuple[int, ...]
    transpose_backward: tuple[int, ...]
    spacing: tuple[float, ...]
    patch: tuple[int, ...]
    normalization: tuple[Normalization, ...]
    data_resampling: Resampling
    logit_resampling: Resampling
    labels: dict[str, int]
    mirror_axes: tuple[int, ...]

    @property
    def dims(self) -> int:
        """Dimensions of the network."""
        return len(self.patch)

    @property
    def weights_files(self) -> dict[str, str]:
        """SHA-256 of every weights file by its name."""
        return {fold.weights: fold.sha256 for fold in self.folds}

    @property
    def entry(self) -> dict[str, Any]:
        """The plan as plain types for a model card."""
        return {"kind": KIND, **asdict(self)}


def parse_plan(entry: Mapping[str, Any]) -> NnUNetPlan:
    """Return the plan that a card's entry holds.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the entry is incomplete or wrong.
    """
    values = {field.name: entry[field.name] for field in fields(NnUNetPlan)}
    tuples = {name: tuple(value) for name, value in values.items() if isinstance(value, list | tuple)}
    tuples["folds"] = tuple(Fold(**fold) for fold in tuples["folds"])
    tuples["normalization"] = tuple(Normalization(**one) for one in tuples["normalization"])
    resampling = {name: Resampling(**values[name]) for name in ("data_resampling", "logit_resampling")}
    network = {name: tuple(v) if isinstance(v, list | tuple) else v for name, v in values["network"].items()}
    plan = NnUNetPlan(**{**values, **tuples, **resampling, "network": network})
    if not plan.folds or len(plan.patch) != len(plan.spacing) or len(plan.patch) not in {2, 3}:
        message = "an nnU-Net plan needs folds, and a patch and spacing of two or three axes"
        raise ValueError(message)
    return plan
