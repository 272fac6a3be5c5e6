"""`test`: the whole suite. Every check runs, also after one has failed, so that one look shows everything."""

from __future__ import annotations

import time

from tools.console import ProjectError, say
from tools.environment import ROOT, Environment
from tools.environment_setup import ENVIRONMENT, set_up

CHECKS = {
    "ruff": ("-m", "ruff", "check", "."),
    "codespell": ("-m", "codespell_lib"),
    "mypy": ("-m", "mypy"),
    "pytest": ("-m", "pytest"),
}

# Ring 2 must also pass on the Slicer core that comes after the one in `.venv`.
NEXT_SCENE = Environment(ROOT / ".venv-scene-next")
NEXT_SCENE_PACKAGES = (
    "slicer-core>=5.13,<5.14",
    "numpy>=1.26",
    "SimpleITK>=2.3",
    "scipy>=1.11",
    "pydicom>=2.4",
    "pytest>=8",
    "hypothesis>=6.100",
)


def run_suite() -> int:
    """Set up, then run every check; 1 when any of them failed."""
    set_up()
    results = {name: _timed(name, command) for name, command in CHECKS.items()}
    say("")
    for name, (status, seconds) in results.items():
        say(f"{name:10} {'passed' if status == 0 else 'FAILED'}  {seconds:6.1f} s")
    return int(any(status for status, _ in results.values()))


def run_scene_next() -> int:
    """Run the scene tests on the next slicer-core, in an environment of their own without torch."""
    if not NEXT_SCENE.is_usable():
        NEXT_SCENE.create()
    say(f"Bringing {NEXT_SCENE.folder} up to date (about 300 MB the first time).")
    NEXT_SCENE.pip("install", "-qq", *NEXT_SCENE_PACKAGES)
    NEXT_SCENE.pip("install", "-qq", "--no-deps", "-e", ".")
    status = NEXT_SCENE.run("-m", "pytest", "Testing/scene")
    if status:
        msg = "The scene tests fail on the next slicer-core."
        raise ProjectError(msg)
    return 0


def _timed(name: str, command: tuple[str, ...]) -> tuple[int, float]:
    say(f"\n== {name}")
    start = time.monotonic()
    return ENVIRONMENT.run(*command), time.monotonic() - start
