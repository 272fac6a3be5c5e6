"""Where the files that travel with the code are."""

from __future__ import annotations

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Return the path of a file in ``Resources``.

    A wheel carries the folder inside the package; a checkout and an installed Slicer module have it beside the package.
    """
    package = Path(__file__).resolve().parent
    inside = package / "Resources"
    return (inside if inside.is_dir() else package.parent / "Resources").joinpath(*parts)
