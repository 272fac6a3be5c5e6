"""Where the details of an unexpected failure go: a file of the user's own, without names of patients or files."""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.user_folders import cache_folder
from LightMSegmentationLib.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Short words of a command line ("full", "cpu") occur in innocent text; only longer ones are hidden.
_SHORTEST_HIDDEN = 3


def write_error_log(error: BaseException, words: Iterable[str]) -> Path | None:
    """Write the traceback of ``error`` and the versions; return the file, or None where nothing can be written.

    Parameters
    ----------
    error
        The failure; the values of its variables are not written.
    words
        The command line, whose file names and folders are replaced by ``<argument>``.
    """
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    header = "\n".join(f"{name}: {version}" for name, version in versions().items())
    path = cache_folder() / "last-error.txt"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{header}\n\n{_hidden(details, words)}", encoding="utf-8", errors="backslashreplace")
        return path
    return None


def _hidden(text: str, words: Iterable[str]) -> str:
    """Return ``text`` without the paths of the command line, neither as given, nor absolute, nor their bare names."""
    secrets: set[str] = set()
    for word in words:
        if not word.startswith("-"):
            path = Path(word)
            secrets |= {word, str(path.absolute()), str(path.absolute().parent), path.name, path.name.split(".")[0]}
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > _SHORTEST_HIDDEN:
            text = text.replace(secret, "<argument>")
    return text
