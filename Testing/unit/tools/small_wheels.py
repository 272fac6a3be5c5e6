"""Tiny packages in a folder, for tests that let the real pip choose among them."""

from __future__ import annotations

import zipfile
from pathlib import Path


def put_wheel(
    folder: Path, name: str, version: str, requires: tuple[str, ...] = (), members: dict[str, bytes] | None = None
) -> Path:
    """Write a wheel without code.

    Parameters
    ----------
    folder
        Where the wheel goes.
    name, version
        What it claims to be.
    requires
        Its requirements, as in package metadata.
    members
        Further files: their content by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    described = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{described}/METADATA", "\n".join(metadata) + "\n")
        archive.writestr(f"{described}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{described}/RECORD", "")
        for member, content in (members or {}).items():
            archive.writestr(member, content)
    return path
