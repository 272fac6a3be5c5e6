"""`test` and `test-all`: the suite. Every check runs, also after one has failed, so that one look shows everything."""

from __future__ import annotations

import time

from tools.console import ProjectError, say
from tools.environment import ROOT, Environment
from tools.environment_setup import ENVIRONMENT, set_up

STATIC_CHECKS = {
    "ruff": ("-m", "ruff", "check", "."),
    "codespell": ("-m", "codespell_lib"),
    "mypy": ("-m", "mypy"),
}
PYTEST = ("-m", "pytest")
QUICK_PYTEST = (*PYTEST, "-m", "not slow")

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


def run_quick_suite() -> int:
    """Set up, then run every check, without the tests that take minutes; 1 when any of them failed."""
    return _run_suite(QUICK_PYTEST)


def run_whole_suite() -> int:
    """Set up, then run every check; 1 when any of them failed."""
    return _run_suite(PYTEST)


def _run_suite(pytest: tuple[str, ...]) -> int:
    set_up()
    checks = {**STATIC_CHECKS, "pytest": pytest}
    results = {name: _timed(name, command) for name, command in checks.items()}
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
