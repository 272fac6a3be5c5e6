"""How a two-dimensional network sees the slices of a CT, or a photograph, as a model card keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND = "slices"


@dataclass(frozen=True)
class SlicePlan:
    """A network for images and how its input is made.

    ``source`` is ``ct`` or ``photo``. Images are resized to ``size`` (rows, columns) by splines of ``order``.
    Intensities of a CT are clamped to ``window`` (HU), those of a photograph to what it has (``window`` is None), and
    scaled to ``scaled_to``. ``neighbors`` of 1 gives the network a slice and, as channels before and after it, the
    slices below and above. ``labels`` are values by name; a network with a single output tells only the one that is
    not background.
    """

    source: Literal["ct", "photo"]
    architecture: str
    network: dict[str, Any]
    size: tuple[int, int]
    order: int
    window: tuple[float, float] | None
    scaled_to: tuple[float, float]
    neighbors: int
    labels: dict[str, int]
    weights: str
    sha256: str

    @property
    def dims(self) -> int:
        """Dimensions of the network."""
        return 2

    @property
    def weights_files(self) -> dict[str, str]:
        """SHA-256 of the weights file by its name."""
        return {self.weights: self.sha256}

    @property
    def entry(self) -> dict[str, Any]:
        """The plan as plain types for a model card."""
        return {"kind": KIND, **asdict(self)}


def parse_slice_plan(entry: Mapping[str, Any]) -> SlicePlan:
    """Return the plan that a card's entry holds.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the entry is incomplete or wrong.
    """
    values = {field.name: entry[field.name] for field in fields(SlicePlan)}
    for name in ("size", "window", "scaled_to"):
        values[name] = None if values[name] is None else tuple(values[name])
    values["network"] = {name: tuple(v) if isinstance(v, list) else v for name, v in values["network"].items()}
    plan = SlicePlan(**values)
    if plan.source not in {"ct", "photo"} or (plan.source == "ct") != (plan.window is not None):
        message = "a plan for slices needs the source ct, with a window, or photo, without one"
        raise ValueError(message)
    return plan
