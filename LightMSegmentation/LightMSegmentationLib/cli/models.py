"""``lightm models``: list, verify, show, add, remove, export and import models, and choose the default."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.model_lines import list_line
from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.cli.console import Console

_EPILOG = """\
PATH for 'add' is one of
  a folder of nnU-Net v2's results of LightM-UNet (plans.json, dataset.json, fold_N/checkpoint_final.pth)
  a .pth file of VM-UNet, or of a two-dimensional LightM-UNet
  a model card (NAME.json) with its weights beside it, such as training writes
Checkpoints are read without running code that they may hold, and converted once. No network is needed for anything.

examples:
  lightm models
  lightm models add Dataset801_LiverCT/nnUNetTrainerLightMUNet__nnUNetPlans__3d_fullres --name livers
  lightm models add best-epoch271-loss0.3152.pth --name skin --labels background,lesion
  lightm models export livers livers.zip      on this computer
  lightm models import livers.zip             on a computer without network
  lightm models default livers
"""


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "models",
        parents=[common],
        help="list, add, remove, verify and carry models",
        description="List the installed models with a check of their weights, or do something with one of them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="write JSON")

    def action(name: str, run: Callable[[argparse.Namespace, Console], int], purpose: str) -> argparse.ArgumentParser:
        one = actions.add_parser(name, parents=[shared], help=purpose, description=f"{purpose.capitalize()}.")
        one.set_defaults(run=run)
        return one

    action("list", _list, "list the installed models")
    action("show", _show, "show a model's card").add_argument("name", metavar="NAME|PATH")
    action("verify", _verify, "check the weights of a model, or of all").add_argument("name", nargs="?", metavar="NAME")
    _add_add(action("add", _add, "add a model of your own"))
    action("remove", _remove, "remove a model of your own").add_argument("name", metavar="NAME")
    export = action("export", _export, "write a model to a single file, for another computer")
    export.add_argument("name", metavar="NAME")
    export.add_argument("file", metavar="FILE.zip", type=Path)
    into = action("import", _import, "add a model from a file that 'export' wrote")
    into.add_argument("file", metavar="FILE.zip", type=Path)
    into.add_argument("--name", metavar="NAME", default="", help="what to call it (as it was called)")
    default = action("default", _default, "choose the model that is taken where none is named, or tell it")
    default.add_argument("name", nargs="?", metavar="NAME")


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="folder or file; see 'lightm models --help'")
    parser.add_argument("--name", metavar="NAME", default="", help="what to call it (after PATH)")
    parser.add_argument("--license", metavar="TEXT", default="", help="license of the weights (unknown)")
    parser.add_argument("--source", choices=("ct", "photo"), default="", help="what a .pth file's network looks at")
    parser.add_argument("--labels", metavar="A,B,...", default="", help="classes of a .pth file, background first")
    parser.add_argument(
        "--three-slices", action="store_true", help="a .pth file's network sees the slices below and above, too"
    )


def _list(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.inference.model_store import user_models_folder
    from LightMSegmentationLib.model_manager.check import check_installed_models
    from LightMSegmentationLib.model_manager.default_model import default_model

    checks, default = check_installed_models(), default_model()
    if arguments.json:
        console.say_json(
            {
                "models": [check.document for check in checks],
                "user_folder": str(user_models_folder()),
                "default": default,
            }
        )
        return 0
    for check in checks:
        console.say(list_line(check, default))
    console.say(f"Own models go to {user_models_folder()}")
    return 0


def _show(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.inference.model_store import find_card
    from LightMSegmentationLib.model_manager.card_text import card_lines
    from LightMSegmentationLib.model_manager.check import check_model

    check = check_model(arguments.name, find_card(arguments.name))
    if check.card is None or check.problem:
        raise ModelError(check.problem, "Install the model again, or choose another one with --model.")
    if arguments.json:
        console.say_json({**check.document, "license": check.card.license, "about": check.card.about})
        return 0
    console.say(f"{check.card.name} {check.card.version}, weights verified")
    for line in card_lines(check.card):
        console.say(line)
    return 0


def _verify(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.inference.model_store import find_card
    from LightMSegmentationLib.model_manager.check import check_installed_models, check_model

    name = arguments.name
    checks = [check_model(name, find_card(name))] if name else check_installed_models()
    if arguments.json:
        console.say_json({"models": [check.document for check in checks]})
    else:
        for check in checks:
            console.say(list_line(check))
    damaged = [check.name for check in checks if check.problem]
    if damaged:
        cause = f"{len(damaged)} of {len(checks)} models can't be used: {', '.join(damaged)}."
        raise ModelError(cause, "Add them again, or remove them with 'lightm models remove NAME'.")
    return 0


def _add(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.model_manager.add import AddOptions, add_model

    labels = tuple(label.strip() for label in arguments.labels.split(",")) if arguments.labels else ()
    options = AddOptions(arguments.name, arguments.license, arguments.source, labels, int(arguments.three_slices))
    return _say_added(add_model(arguments.path, options), arguments, console)


def _import(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.errors import UsageError
    from LightMSegmentationLib.model_manager.archive import import_archive

    if not arguments.file.is_file():
        cause = f"There is no file {arguments.file}."
        raise UsageError(cause, "Name a file that 'lightm models export' wrote.")
    return _say_added(import_archive(arguments.file, arguments.name), arguments, console)


def _say_added(card: Path, arguments: argparse.Namespace, console: Console) -> int:
    if arguments.json:
        console.say_json({"name": card.stem, "card": str(card)})
    else:
        console.say(f"Added {card.stem}. Use it with --model {card.stem}; its card is {card}")
    return 0


def _remove(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.model_manager.removal import remove_model

    removed = remove_model(arguments.name)
    if arguments.json:
        console.say_json({"removed": [str(path) for path in removed]})
    else:
        console.say(f"Removed {arguments.name}: {', '.join(path.name for path in removed)}")
    return 0


def _export(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.errors import UsageError
    from LightMSegmentationLib.inference.model_store import find_card
    from LightMSegmentationLib.model_manager.archive import ARCHIVE_SUFFIX, export_model

    if arguments.file.suffix.lower() != ARCHIVE_SUFFIX:
        cause = f"'{arguments.file}' does not end in {ARCHIVE_SUFFIX}."
        raise UsageError(cause, f"Use a name such as {arguments.name}{ARCHIVE_SUFFIX}.")
    export_model(find_card(arguments.name), arguments.file)
    if arguments.json:
        console.say_json({"file": str(arguments.file), "bytes": arguments.file.stat().st_size})
    else:
        console.say(f"Wrote {arguments.file}. On the other computer: lightm models import {arguments.file.name}")
    return 0


def _default(arguments: argparse.Namespace, console: Console) -> int:
    from LightMSegmentationLib.model_manager.default_model import choose_default, default_model

    if arguments.name:
        task = choose_default(arguments.name)
        console.say(f"{arguments.name} is now taken for {'CT' if task == 'ct' else 'photographs'} where none is named.")
        return 0
    console.say(default_model())
    return 0
