"""`cmake-lists`: the Slicer build installs only files that CMake lists; this writes the lists from the folder."""

from __future__ import annotations

from pathlib import Path

from tools.console import say
from tools.environment import ROOT

MODULE = ROOT / "LightMSegmentation"
LISTS = MODULE / "CMakeLists.txt"
SELF_TEST_LISTS = MODULE / "Testing" / "Python" / "CMakeLists.txt"


def scripts() -> list[str]:
    """Return the module's Python files as CMake lists them, relative to the module folder."""
    library = sorted((MODULE / "LightMSegmentationLib").rglob("*.py"))
    return ["${MODULE_NAME}.py", *(_listed(path) for path in library)]


def resources() -> list[str]:
    """Return the module's other files as CMake lists them."""
    found = (path for path in (MODULE / "Resources").rglob("*") if path.is_file() and not path.name.startswith("."))
    return sorted(_listed(path) for path in found)


def self_tests() -> list[str]:
    """Return the names of the self tests that run inside Slicer."""
    return sorted(path.name for path in SELF_TEST_LISTS.parent.glob("*Test.py"))


def update() -> int:
    """Write all lists anew: scripts, resources and self tests."""
    text = LISTS.read_text(encoding="utf-8")
    for name, entries in (("MODULE_PYTHON_SCRIPTS", scripts()), ("MODULE_PYTHON_RESOURCES", resources())):
        head, opening, rest = text.partition(f"set({name}\n")
        _, closing, tail = rest.partition("  )\n")
        text = head + opening + "".join(f"  {entry}\n" for entry in entries) + closing + tail
    LISTS.write_text(text, encoding="utf-8", newline="\n")
    tests = "".join(f"slicer_add_python_unittest(SCRIPT {name})\n" for name in self_tests())
    SELF_TEST_LISTS.write_text(tests, encoding="utf-8", newline="\n")
    say(f"Wrote {LISTS} and {SELF_TEST_LISTS}")
    return 0


def listed(name: str) -> list[str]:
    """Return the entries of one list as ``CMakeLists.txt`` has them now."""
    body = LISTS.read_text(encoding="utf-8").partition(f"set({name}\n")[2].partition("  )\n")[0]
    return body.split()


def _listed(path: Path) -> str:
    return path.relative_to(MODULE).as_posix().replace("LightMSegmentationLib/", "${MODULE_NAME}Lib/", 1)
