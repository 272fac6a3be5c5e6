"""A model card as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.inference.model_card import ModelCard


def card_lines(card: ModelCard) -> Iterator[str]:
    """Yield everything that people should know about a model beyond its name and version."""
    yield f"license: {card.license}"
    for name, stage in card.stages.items():
        spacing = " x ".join(f"{step:g}" for step in stage.spacing_mm)
        yield f"stage {name}: {spacing} mm, {stage.network.init_filters} filters, {stage.weights}"
        yield f"  sha256 {stage.sha256}"
    if card.foreign is not None:
        yield f"classes: {', '.join(card.classes)}"
        yield f"dimensions: {card.foreign.dims}"
        for file_name, sha256 in card.weights_files.items():
            yield f"weights: {file_name}"
            yield f"  sha256 {sha256}"
    yield from _outline(card.about, "")


def _outline(value: object, indent: str) -> Iterator[str]:
    """Yield nested entries as indented lines, as people write outlines."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _entry(f"{indent}{name}:", entry, indent)
    elif isinstance(value, list):
        for entry in value:
            yield from _entry(f"{indent}-", entry, indent)
    else:
        yield f"{indent}{value}"


def _entry(head: str, entry: object, indent: str) -> Iterator[str]:
    if isinstance(entry, dict | list):
        yield head
        yield from _outline(entry, f"{indent}  ")
    else:
        yield f"{head} {entry}"
