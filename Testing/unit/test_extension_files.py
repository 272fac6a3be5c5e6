"""The files that describe the extension to Slicer: they repeat each other and the folder, so here they are compared."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

from tools import cmake_lists

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTIONS = ("CMakeLists.txt", "LightMUNet.json", "LightMUNet.s4ext")

# slicer-extension-catalog-entry-schema-v1.0.1.json
REQUIRED = {"$schema", "category", "scm_url"}
ALLOWED = REQUIRED | {"build_dependencies", "build_subdirectory", "enabled", "scm_revision", "scm_type", "tier"}


@pytest.fixture
def cmake() -> dict[str, str]:
    """Return the quoted ``EXTENSION_*`` settings of the top CMakeLists.txt, read as the index's checker reads them."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return dict(re.findall(r'^set\(EXTENSION_(\w+) "([^"]+)"\)$', text, re.MULTILINE))


@pytest.fixture
def s4ext() -> dict[str, str]:
    """Return the entries of the description file in the older format."""
    lines = (ROOT / "LightMUNet.s4ext").read_text(encoding="utf-8").splitlines()
    entries = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in entries}


@pytest.fixture
def catalog() -> dict[str, object]:
    """Return the entry for the extensions index."""
    return json.loads((ROOT / "LightMUNet.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["MODULE_PYTHON_SCRIPTS", "MODULE_PYTHON_RESOURCES"])
def test_cmake_lists_every_file_of_the_module_and_no_other(name: str) -> None:
    in_folder = {"MODULE_PYTHON_SCRIPTS": cmake_lists.scripts, "MODULE_PYTHON_RESOURCES": cmake_lists.resources}[name]()

    assert cmake_lists.listed(name) == in_folder, "run: python make.py cmake-lists"


def test_cmake_registers_every_self_test_that_is_in_the_folder() -> None:
    registered = re.findall(r"SCRIPT (\w+\.py)", cmake_lists.SELF_TEST_LISTS.read_text(encoding="utf-8"))

    assert registered == cmake_lists.self_tests(), "run: python make.py cmake-lists"


def test_the_extension_is_called_the_same_everywhere() -> None:
    project = re.search(r"^project\((\w+)\)$", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE)

    assert project is not None
    assert project[1] == "LightMUNet"
    assert not project[1].startswith("Slicer")


def test_the_two_description_files_agree_with_cmake(cmake, s4ext, catalog) -> None:
    assert s4ext["homepage"] == cmake["HOMEPAGE"] == s4ext["scmurl"] == catalog["scm_url"]
    assert s4ext["category"] == cmake["CATEGORY"] == catalog["category"]
    assert s4ext["depends"] == cmake["DEPENDS"] == " ".join(catalog["build_dependencies"])
    assert s4ext["build_subdirectory"] == catalog["build_subdirectory"]
    assert s4ext["scmrevision"] == catalog["scm_revision"]
    assert int(s4ext["tier"]) == catalog["tier"]
    for key in ("contributors", "description", "iconurl", "screenshoturls", "keywords"):
        assert s4ext[key] == cmake[key.upper()]


def test_the_catalog_entry_follows_the_schema(catalog) -> None:
    assert REQUIRED <= catalog.keys() <= ALLOWED
    assert re.fullmatch(
        r"https://raw\.githubusercontent\.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1\.0\.1\.json#",
        catalog["$schema"],
    )
    assert catalog["tier"] in range(1, 6)
    assert all(isinstance(name, str) for name in catalog["build_dependencies"])
    assert catalog["scm_url"].startswith("https://")
    assert catalog["scm_url"].rsplit("/", 1)[1].startswith("Slicer"), "the index wants Slicer in the repository's name"


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_description_files_have_unix_line_ends(name: str) -> None:
    assert b"\r" not in (ROOT / name).read_bytes()


def test_extension_license_and_readme_are_our_own() -> None:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")

    for name in ("LICENSE", "README.md"):
        assert f'"${{CMAKE_CURRENT_SOURCE_DIR}}/{name}"' in text
        assert (ROOT / name).stat().st_size > 1000


def test_pictures_named_in_the_description_are_in_the_repository(cmake) -> None:
    for address in (cmake["ICONURL"], *cmake["SCREENSHOTURLS"].split()):
        base, inside, path = address.partition("/SlicerLightMUNet/main/")
        assert base.startswith("https://raw.githubusercontent.com/")
        assert inside
        assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    "path", ["Resources/LightMUNet.png", "LightMSegmentation/Resources/Icons/LightMSegmentation.png"]
)
def test_icons_are_png_files_of_128_by_128(path: str) -> None:
    header = (ROOT / path).read_bytes()[:24]

    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", header[16:]) == (128, 128)
