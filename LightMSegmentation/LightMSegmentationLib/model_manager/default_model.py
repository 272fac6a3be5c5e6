"""Which model is taken where none is named: the user's choice for CT and for photographs."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING, Literal

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import find_card, user_models_folder
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model_card import ModelCard

Task = Literal["ct", "photo"]
FILE_NAME = "defaults.ini"
_SECTION = "default models"


def default_model(task: Task = "ct") -> str:
    """Return the name of the model for a task: the one chosen, else for CT the built-in one.

    Raises
    ------
    ModelError
        When none was chosen for photographs, which no built-in model is for.
    """
    chosen = _read().get(_SECTION, task, fallback="")
    if chosen:
        return chosen
    if task == "ct":
        return BUILT_IN_MODEL
    cause = "No model for photographs was chosen."
    raise ModelError(cause, "Name one with --model, or run 'lightm models default NAME'.")


def choose_default(name: str) -> Task:
    """Take an installed model from now on where none is named, and return for which task.

    Raises
    ------
    ModelError
        When there is no such model, or its card can't be read.
    """
    task = task_of(read_model_card(find_card(name)))
    defaults = _read()
    if not defaults.has_section(_SECTION):
        defaults.add_section(_SECTION)
    defaults.set(_SECTION, task, name)
    _write(defaults)
    return task


def forget_default(name: str) -> None:
    """Choose no model any more for what this one was the default for: it was removed."""
    defaults = _read()
    chosen = dict(defaults.items(_SECTION)) if defaults.has_section(_SECTION) else {}
    forgotten = [task for task, default in chosen.items() if default == name]
    for task in forgotten:
        defaults.remove_option(_SECTION, task)
    if forgotten:
        _write(defaults)


def task_of(card: ModelCard) -> Task:
    """Return what a model looks at."""
    source = getattr(card.foreign, "source", "")
    channels = getattr(card.foreign, "normalization", ())
    colors = any(channel.scheme == "RGBTo01Normalization" for channel in channels)
    return "photo" if source == "photo" or colors else "ct"


def _read() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(user_models_folder() / FILE_NAME, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return configparser.ConfigParser(interpolation=None)
    return parser


def _write(defaults: configparser.ConfigParser) -> None:
    with atomic_path(user_models_folder() / FILE_NAME) as temporary, temporary.open("w", encoding="utf-8") as file:
        defaults.write(file)
