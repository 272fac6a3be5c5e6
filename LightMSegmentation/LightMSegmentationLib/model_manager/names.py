"""What a model may be called: its name is also that of its files, on every operating system."""

from __future__ import annotations

import re

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model_store import user_models_folder

_ALLOWED = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]|[a-z0-9]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def check_name(name: str) -> str:
    """Return a model's name when it can be one.

    Raises
    ------
    UsageError
        When it can't; the advice says what a name is made of.
    """
    if not _ALLOWED.fullmatch(name) or _RESERVED.fullmatch(name):
        cause = f"'{name}' can't be the name of a model."
        raise UsageError(cause, "Use small letters, digits, '-', '_' and '.', with --name.")
    return name


def name_from(text: str) -> str:
    """Return a name made of a file's or dataset's: what names don't have becomes '-'."""
    return re.sub(r"[^a-z0-9.]+", "-", text.casefold()).strip("-._")[:64] or "model"


def check_free(name: str) -> str:
    """Return a name that no model in the user's folder has yet.

    Raises
    ------
    UsageError
        When there is such a model already, or it can't be a name.
    """
    if (user_models_folder() / f"{check_name(name)}.json").exists():
        cause = f"There is a model named '{name}' already."
        raise UsageError(cause, f"Choose another name with --name, or run 'lightm models remove {name}' first.")
    return name
