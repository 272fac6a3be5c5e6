"""Slicer loads the package in a process where torch must never be: only the rooms that compute may import it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2] / "LightMSegmentation"
PACKAGE = MODULE / "LightMSegmentationLib"

COMPUTING_ROOMS = ("network", "inference", "nnunet", "training")
SLICER_FACING = ("panel", "scene")

# What the command line may use and Slicer does not bring.
NOT_IN_SLICER = (
    "torch", "numba", "safetensors", "rich", "psutil", "highdicom", "contourpy", "pynetdicom", "matplotlib", "jinja2",
    "distributed",
)  # fmt: skip
ROOMS_IN_SLICER = ("batch", "imaging", "measurement", "report", "scene", "worker")

IMPORT_WITHOUT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}} (kept away by this test)", name=name)

sys.meta_path.insert(0, Absent())
for name in {modules}:
    importlib.import_module(name)
"""


def modules_of(rooms: tuple[str, ...]) -> list[str]:
    """Return the dotted names of the package and everything in the given rooms."""
    files = (path for room in rooms for path in sorted((PACKAGE / room).rglob("*.py")))
    inside = (path.relative_to(MODULE).with_suffix("") for path in files)
    names = [".".join(path.parts).removesuffix(".__init__") for path in inside]
    own = [f"LightMSegmentationLib.{path.stem}" for path in PACKAGE.glob("*.py") if path.stem != "__init__"]
    return ["LightMSegmentationLib", *own, *names]


def import_without(absent: tuple[str, ...], modules: list[str]) -> subprocess.CompletedProcess[str]:
    """Import the modules in a fresh Python where the absent packages can't be found."""
    program = IMPORT_WITHOUT.format(absent=set(absent), modules=modules)
    return subprocess.run([sys.executable, "-c", program], cwd=MODULE, capture_output=True, text=True, check=False)


def imported_names(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, wherever in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def packages_loaded_with(path: Path) -> set[str]:
    """Return the packages that importing a file imports at once, through every file of ours on the way."""
    seen: set[Path] = set()
    packages: set[str] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in seen or not current.is_file():
            continue
        seen.add(current)
        for name in names_imported_at_once(current):
            packages.add(name.partition(".")[0])
            base = MODULE.joinpath(*name.split("."))
            waiting += [base.with_suffix(".py"), base / "__init__.py"]
    return packages


def names_imported_at_once(path: Path) -> set[str]:
    """Return the dotted names in a file's import statements outside functions and outside ``if TYPE_CHECKING``."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
    return names


def test_everything_outside_the_computing_rooms_imports_with_torch_absent() -> None:
    needs_slicer = "panel"
    others = (path.name for path in PACKAGE.iterdir() if path.is_dir())
    rooms = tuple(name for name in others if name not in (*COMPUTING_ROOMS, needs_slicer, "__pycache__"))

    run = import_without(("torch",), modules_of(rooms))

    assert run.returncode == 0, run.stderr


def test_what_slicer_loads_imports_with_only_what_slicer_brings() -> None:
    run = import_without(NOT_IN_SLICER, modules_of(ROOMS_IN_SLICER))

    assert run.returncode == 0, run.stderr


def test_opening_the_panel_loads_only_what_slicer_brings() -> None:
    files = [*(PACKAGE / "panel").rglob("*.py"), *MODULE.glob("*.py")]

    loaded = {path.name: packages_loaded_with(path) & set(NOT_IN_SLICER) for path in files}

    assert {name: packages for name, packages in loaded.items() if packages} == {}


@pytest.mark.parametrize("room", SLICER_FACING)
def test_slicer_facing_files_never_name_torch(room: str) -> None:
    files = [*(PACKAGE / room).rglob("*.py"), *MODULE.glob("*.py")]

    naming = [path.name for path in files if "torch" in imported_names(path)]

    assert naming == []
