"""``lightm segment`` of a photograph: a mask and an overlay out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.photo import read_photo, write_mask, write_overlay
from LightMSegmentationLib.imaging.photo_names import MASK_ENDINGS, PHOTO_ENDINGS

if TYPE_CHECKING:
    import argparse

    import numpy as np

    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.inference.settings import SegmentationSettings


def run_photo(arguments: argparse.Namespace, settings: SegmentationSettings, console: Console) -> int:
    """Segment one photograph, write the mask and, where asked for, the overlay; return 0."""
    mask, overlay = _planned(arguments)
    pixels = read_photo(arguments.input)
    from LightMSegmentationLib.inference.any_model import load_any_model
    from LightMSegmentationLib.inference.segment_photo import segment_photo

    model = load_any_model(settings)
    labels = segment_photo(pixels, model)
    values = model.card.class_values
    write_mask(labels, mask, single=max(values.values(), default=1) == 1)
    console.say(f"Wrote mask: {mask}")
    if overlay is not None:
        write_overlay(pixels, labels, overlay)
        console.say(f"Wrote overlay: {overlay}")
    console.say(_shares(labels, values))
    return 0


def _planned(arguments: argparse.Namespace) -> tuple[Path, Path | None]:
    """Return where mask and overlay go, after checking that they can be written there."""
    from LightMSegmentationLib.cli.output_plan import check_writable, has_ending

    unfit = [f"--{name}" for name in ("table", "report", "sr", "rtstruct", "series") if getattr(arguments, name)]
    if unfit:
        cause = f"A photograph has no {' and no '.join(unfit)}."
        raise UsageError(cause, "Leave it out; of a photograph a mask (-o) and an overlay (--preview) can be written.")
    mask = arguments.output or Path(f"{arguments.input.stem}_mask.png")
    overlay = arguments.preview
    for path, endings in ((mask, MASK_ENDINGS), (overlay, PHOTO_ENDINGS)):
        if path is None:
            continue
        if not has_ending(path, endings):
            cause = f"'{path}' has an ending that can't be written for a photograph."
            raise UsageError(cause, f"Use a name that ends in {' or '.join(endings)}.")
        check_writable(path)
    if len({arguments.input.resolve(), mask.resolve(), *([overlay.resolve()] if overlay else [])}) < 2 + bool(overlay):
        cause = "The photograph, the mask and the overlay must be different files."
        raise UsageError(cause, "Choose other names with -o and --preview.")
    return mask, overlay


def _shares(labels: np.ndarray, values: dict[str, int]) -> str:
    """Return how much of the picture every class covers."""
    parts = [f"{name} {(labels == value).mean():.1%}" for name, value in values.items() if value]
    return f"Of the picture: {', '.join(parts)}."
