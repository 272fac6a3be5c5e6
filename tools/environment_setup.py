"""`setup`: the project's environment in `.venv`, with the package, its extras and the right torch."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from collections.abc import Sequence

from tools.console import ProjectError, megabytes, say
from tools.environment import ROOT, Environment
from tools.packages import Package, plan, sizes
from tools.torch_build import ACCEPT_CUDA, has_nvidia_driver, install_torch, required_torch

ENVIRONMENT = Environment(ROOT / ".venv")
EXTRAS = "scene,review,train,dicom,report,cluster,dev"

# slicer-core 5.11 publishes wheels for these.
OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)

_STAMP = ENVIRONMENT.folder / "lightm-setup.json"
_NAMED_FROM = 20_000_000


def set_up() -> int:
    """Make or refresh ``.venv``; do nothing when it is up to date."""
    if _is_current():
        say(f"The environment {ENVIRONMENT.folder} is up to date.")
    elif ENVIRONMENT.is_usable():
        _fill()
    else:
        _check_python()
        ENVIRONMENT.create()
        try:
            _fill()
        except ProjectError:
            ENVIRONMENT.remove()  # the next try may be with another Python
            raise
    return 0


def _fill() -> None:
    """Install what is missing; the stamp comes last, so that a broken run is taken up again."""
    _STAMP.unlink(missing_ok=True)
    if not _has_torch():
        _provide_torch()
    _install_project()
    _STAMP.write_text(json.dumps(_state()), encoding="utf-8")
    say(f"Ready: {ENVIRONMENT.command('lightm')}")


def _state() -> dict[str, str]:
    """Return what the environment was made from: when this changes, it is refreshed."""
    described = (ROOT / "pyproject.toml").read_bytes()
    return {"pyproject": hashlib.sha256(described).hexdigest(), "extras": EXTRAS, "root": str(ROOT)}


def _is_current() -> bool:
    try:
        recorded = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return recorded == _state() and ENVIRONMENT.is_usable() and ENVIRONMENT.command("lightm").exists()


def _check_python() -> None:
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return
    oldest, newest = (".".join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))
    msg = (
        f"Python {oldest} to {newest} is needed, because slicer-core has no packages for Python "
        f"{sys.version.split()[0]}. Run this command with another one, such as: python{newest} make.py setup "
        f"(or: make PYTHON=python{newest} setup)."
    )
    raise ProjectError(msg)


def _has_torch() -> bool:
    return plan(ENVIRONMENT, ("--no-deps", "--no-index", required_torch())) == []


def _provide_torch() -> None:
    """Install torch, or take the one that the running Python already has where no fitting build can be fetched."""
    try:
        install_torch(ENVIRONMENT)
    except ProjectError:
        if importlib.util.find_spec("torch") is None:
            raise
        ENVIRONMENT.create(see_system_packages=True)
        if not _has_torch():
            raise
        say(f"Using the torch that {sys.executable} already has.")


def _install_project() -> None:
    wanted = ("-e", f".[{EXTRAS}]")
    packages = plan(ENVIRONMENT, wanted)
    if packages is None:
        ENVIRONMENT.pip("install", "--dry-run", *wanted)
        msg = "pip finds no way to install the project; its own words are above."
        raise ProjectError(msg)
    _refuse_cuda(packages)
    _announce(packages)
    ENVIRONMENT.pip("install", "-qq", *wanted)


def _refuse_cuda(packages: Sequence[Package]) -> None:
    asked_for = [package.name for package in packages if package.needs_cuda]
    if asked_for and not has_nvidia_driver():
        msg = (
            f"The package index answers with CUDA packages ({', '.join(asked_for)}) on a machine without an NVIDIA "
            f"driver. Nothing was fetched. Set {ACCEPT_CUDA}=1 to accept them."
        )
        raise ProjectError(msg)


def _announce(packages: Sequence[Package]) -> None:
    """Say what is fetched and how large it is; the project itself, which has no size, is not."""
    fetched = {name: size for name, size in zip([p.name for p in packages], sizes(packages), strict=True) if size}
    if not fetched:
        return
    large = sorted((name for name in fetched if fetched[name] >= _NAMED_FROM), key=lambda name: -fetched[name])
    named = ", ".join(f"{name} {megabytes(fetched[name])}" for name in large)
    details = f": {named}, and smaller ones." if named else "."
    plural = "" if len(fetched) == 1 else "s"
    say(f"Fetching {len(fetched)} package{plural}, {megabytes(sum(fetched.values()))}{details}")
