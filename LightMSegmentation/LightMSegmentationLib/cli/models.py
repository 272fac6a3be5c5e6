"""``lightm models``: which models are installed, whether they are whole, and what their cards say."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.cli.model_check import ModelCheck
    from LightMSegmentationLib.inference.model_card import ModelCard

_EPILOG = """\
Own models are a card (NAME.json) and its weights (.safetensors) in one folder: the one that this command names, or the
one that the environment variable LIGHTM_MODELS names.

examples:
  lightm models
  lightm models liver-tumor
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "models",
        parents=[common],
        help="list installed models, verify them, show a card",
        description="List the installed models with a check of their weights, or show one model's card.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME|PATH", nargs="?", help="the model whose card to show")
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """List all models, or show one; a named model that is damaged is an error."""
    if arguments.name:
        return _show(arguments.name, console, as_json=arguments.json)
    return _list(console, as_json=arguments.json)


def _list(console: Console, *, as_json: bool) -> int:
    from LightMSegmentationLib.cli.model_check import check_installed_models
    from LightMSegmentationLib.inference.model_store import user_models_folder

    checks = check_installed_models()
    if as_json:
        console.say_json({"models": [check.document for check in checks], "user_folder": str(user_models_folder())})
        return 0
    for check in checks:
        console.say(_line(check))
    console.say(f"Own models go to {user_models_folder()}")
    return 0


def _line(check: ModelCheck) -> str:
    version = check.card.version if check.card else "?"
    state = f"DAMAGED: {check.problem}" if check.problem else "weights verified"
    return f"{check.name:<20} version {version:<8} {state}"


def _show(name: str, console: Console, *, as_json: bool) -> int:
    from LightMSegmentationLib.cli.model_check import check_model
    from LightMSegmentationLib.inference.model_store import find_card

    check = check_model(name, find_card(name))
    if check.card is None or check.problem:
        raise ModelError(check.problem, "Install the model again, or choose another one with --model.")
    if as_json:
        console.say_json({**check.document, "license": check.card.license, "about": check.card.about})
        return 0
    for line in _card_lines(check.card):
        console.say(line)
    return 0


def _card_lines(card: ModelCard) -> Iterator[str]:
    yield f"{card.name} {card.version}, weights verified"
    yield f"license: {card.license}"
    for name, stage in card.stages.items():
        spacing = " x ".join(f"{step:g}" for step in stage.spacing_mm)
        yield f"stage {name}: {spacing} mm, {stage.network.init_filters} filters, {stage.weights}"
        yield f"  sha256 {stage.sha256}"
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
