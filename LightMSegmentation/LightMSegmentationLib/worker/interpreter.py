"""Which Python runs the worker, with which arguments and environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PYTHON_VARIABLE = "LIGHTM_WORKER_PYTHON"

CHECK_PYTHON = f"Check the panel's section Environment, Other Python, and the variable {PYTHON_VARIABLE}."
"""What to do when the process can't be started."""

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class WorkerLaunch:
    """How to start a worker: interpreter, arguments and the whole environment."""

    python: Path
    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        """Interpreter and arguments."""
        return [str(self.python), *self.arguments]


def worker_python(
    setting: str | None = None, slicer_python: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Path:
    """Return the worker's Python: ``LIGHTM_WORKER_PYTHON``, else the user's setting, else Slicer's, else this one.

    Raises
    ------
    ModelError
        When the variable or the setting names no file.
    """
    for source, name in (
        (f"variable {PYTHON_VARIABLE}", environment.get(PYTHON_VARIABLE)),
        ("panel's field Other Python", setting),
    ):
        if name:
            if not Path(name).is_file():
                cause = f"The {source} names no file: {name}."
                raise ModelError(cause, "Correct it, or clear it to use the built-in Python.")
            return Path(name)
    return slicer_python or Path(sys.executable)


def worker_launch(
    python: Path,
    *,
    environment: Mapping[str, str] = os.environ,
    search_paths: Sequence[Path] = (),
    options: Sequence[str] = (),
) -> WorkerLaunch:
    """Return how to start the worker with ``python``.

    Parameters
    ----------
    environment
        What the worker's environment is made from. In Slicer give ``slicer.util.startupEnvironment()``: Slicer's own
        has library paths that break another Python.
    search_paths
        Folders to import from, beside the one that holds this package.
    options
        Further arguments of `worker.server`.
    """
    # PYTHONHOME of an embedding program would make another interpreter look for its library in the wrong place.
    child = {name: value for name, value in environment.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    inherited = [environment["PYTHONPATH"]] if environment.get("PYTHONPATH") else []
    child["PYTHONPATH"] = os.pathsep.join([str(_PACKAGE_PARENT), *map(str, search_paths), *inherited])
    child["PYTHONUTF8"] = "1"
    return WorkerLaunch(python, ("-m", "LightMSegmentationLib.worker.server", *options), child)
