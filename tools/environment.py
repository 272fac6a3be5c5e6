"""A Python environment of the project: making it and running things in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.console import ProjectError, say

ROOT = Path(__file__).resolve().parent.parent

# `pip install --report` came with 22.2, `pip --python` with 22.3; the pip inside Python 3.10.0 is older.
OLDEST_PIP = (22, 3)


@dataclass(frozen=True)
class Environment:
    """A virtual environment in ``folder``, made or still to be made."""

    folder: Path

    @property
    def scripts(self) -> Path:
        """The folder with the environment's commands."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.command("python")

    def command(self, name: str) -> Path:
        """Return the path of a command of the environment."""
        return self.scripts / (f"{name}.exe" if os.name == "nt" else name)

    def is_usable(self) -> bool:
        """Tell whether the environment exists, was made for this folder (it breaks when moved) and its Python runs."""
        try:
            activation = (self.scripts / "activate").read_text(encoding="utf-8")
            started = subprocess.run([self.python, "-c", ""], check=False)
        except OSError:
            return False
        return str(self.folder) in activation and started.returncode == 0

    def create(self, *, see_system_packages: bool = False) -> None:
        """Make the environment anew with the running interpreter.

        Raises
        ------
        ProjectError
            When this Python can't make environments.
        """
        say(f"Making {self.folder} with Python {sys.version.split()[0]}.")
        self.remove()
        options = ["--system-site-packages"] if see_system_packages else []
        made = subprocess.run([sys.executable, "-m", "venv", *options, self.folder], check=False)
        if made.returncode:
            self.remove()
            msg = (
                f"{sys.executable} can't make a virtual environment. Debian and Ubuntu keep that part in the package "
                "python3-venv; a Python from python.org, conda or uv has it. Run this command again with such a Python."
            )
            raise ProjectError(msg)
        if self._pip_version() < OLDEST_PIP:
            self.pip("install", "-qq", "--upgrade", "pip")

    def remove(self) -> None:
        """Delete the environment."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments: str | Path, extra: Mapping[str, str] | None = None) -> int:
        """Run the environment's Python with ``arguments`` in the project's root; return the exit status."""
        return subprocess.run(
            [self.python, *arguments], cwd=ROOT, env={**os.environ, **(extra or {})}, check=False
        ).returncode

    def pip(self, *arguments: str, variables: Mapping[str, str] | None = None) -> None:
        """Run pip, showing what it says.

        Parameters
        ----------
        arguments
            The command and its options.
        variables
            The whole environment for pip; the current one where ``None``.

        Raises
        ------
        ProjectError
            When pip fails.
        """
        if subprocess.run([self.python, "-m", "pip", *arguments], cwd=ROOT, env=variables, check=False).returncode:
            msg = "pip could not install what is needed; its own words are above."
            raise ProjectError(msg)

    def pip_output(self, *arguments: str, variables: Mapping[str, str] | None = None) -> str | None:
        """Return what pip writes to standard output, or ``None`` when it fails."""
        answer = subprocess.run(
            [self.python, "-m", "pip", *arguments],
            cwd=ROOT,
            env=variables,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        return None if answer.returncode else answer.stdout

    def _pip_version(self) -> tuple[int, ...]:
        words = (self.pip_output("--version") or "pip 0").split()
        return tuple(int(part) for part in words[1].split(".")[:2])
