"""The project's commands: ``python make.py demo``; the Makefile calls this file.

Needs nothing but the standard library of Python 3.10 or newer, works in a POSIX shell and in PowerShell, and never
asks for root.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 10):  # noqa: UP036 (an older Python gets this far and shall hear why it stops)
    sys.exit("Python 3.10 or newer is needed, this is Python " + sys.version.split()[0] + ". Run: python3.12 make.py")

from tools import cmake_lists, demo, environment_setup, icons, quality, screenshots, slicer_tests, system_deps
from tools.console import ProjectError, say

COMMANDS = {
    "setup": (environment_setup.set_up, "make .venv with everything in it, .venv/bin/lightm included"),
    "demo": (demo.run, "setup, a real sample CT, its segmentation, lesion table and picture"),
    "test": (quality.run_quick_suite, "setup and the suite without its slow tests: ruff, codespell, mypy, pytest"),
    "test-all": (quality.run_whole_suite, "setup and the whole suite"),
    "system-deps": (system_deps.install, "programs that some tests need, with apt-get: Orthanc, dciodvfy, Chromium"),
    "installed-tools": (system_deps.tell_required, "which of these programs are here, as LIGHTM_REQUIRE takes it"),
    "test-scene-next": (quality.run_scene_next, "the scene tests on the next slicer-core, in their own environment"),
    "slicer-tests": (slicer_tests.run, "the module's self tests inside a real 3D Slicer: slicer-tests PATH_OF_SLICER"),
    "cmake-lists": (cmake_lists.update, "write the file lists of the Slicer module's CMakeLists.txt anew"),
    "screenshots": (screenshots.take, "the pictures of README and docs anew: screenshots [PATH_OF_SLICER]"),
    "icons": (icons.draw, "draw the icons of the extension and the module"),
}


def main(arguments: list[str]) -> int:
    """Run the named command and return the exit status."""
    takes = {"slicer-tests": 2, "screenshots": 2}
    if not arguments or arguments[0] not in COMMANDS or len(arguments) > takes.get(arguments[0], 1):
        say("Usage: python make.py COMMAND")
        for name, (_, purpose) in COMMANDS.items():
            say(f"  {name:16} {purpose}")
        return 0 if arguments in ([], ["help"]) else 2
    try:
        return COMMANDS[arguments[0]][0](*arguments[1:])
    except ProjectError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
