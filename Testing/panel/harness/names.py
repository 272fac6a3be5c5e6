"""The names that a running Slicer really offers, and the refusal of every other one."""

from __future__ import annotations

import json
from pathlib import Path

NAMES_FILE = Path(__file__).parent.parent / "slicer_names.json"
_LISTS = ("qt.txt", "ctk.txt", "slicer_widgets.txt")
#: What the lists can't hold: ``slicer.util`` was read without its classes (this one is in the module template of every
#: supported version), and ``slicer.modules`` without our own module.
UNLISTED = {
    "slicer.util": {"VTKObservationMixin"},
    "slicer.modules": {"lightmsegmentation", "LightMSegmentationWidget"},
}


class NamesOfSlicer:
    """Holds, for each class or namespace, the names that may be used.

    Parameters
    ----------
    names
        Class or namespace (``QPushButton``, ``slicer.util``) to the names in it.
    reference
        The names read out of a running Slicer. With it, a name that is only there is accepted and recorded, which is
        how ``slicer_names.json`` is made; without it such a name is refused.
    """

    def __init__(self, names: dict[str, set[str]], reference: dict[str, set[str]] | None = None) -> None:
        self.names = names
        self._reference = reference

    def require(self, owner: str, name: str) -> None:
        """Raise ``AttributeError`` unless ``owner`` has ``name`` in a running Slicer."""
        if name in self.names.get(owner, ()) or name in UNLISTED.get(owner, ()):
            return
        if self._reference is None or name not in self._reference.get(owner, ()):
            message = f"{owner} has no '{name}' in slicer_names.json: look it up in a running Slicer before using it"
            raise AttributeError(message)
        self.names.setdefault(owner, set()).add(name)

    def knows(self, owner: str) -> bool:
        """Tell whether ``owner`` is a class or namespace of Slicer."""
        return owner in self.names or (self._reference is not None and owner in self._reference)

    def write(self, path: Path = NAMES_FILE) -> None:
        """Write the names that are used, sorted, as JSON."""
        lines = [f"{json.dumps(owner)}: {json.dumps(sorted(names))}" for owner, names in sorted(self.names.items())]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def committed_names(path: Path = NAMES_FILE) -> dict[str, set[str]]:
    """Read the compact list that travels with the tests."""
    if not path.exists():
        return {}
    return {owner: set(names) for owner, names in json.loads(path.read_text(encoding="utf-8")).items()}


def names_of_running_slicer(folder: Path) -> dict[str, set[str]]:
    """Read the full lists that were taken from a running Slicer 5.13."""
    names: dict[str, set[str]] = {}
    for file_name in _LISTS:
        for line in (folder / file_name).read_text(encoding="utf-8").splitlines():
            owner, _, listed = line.partition(":")
            names[owner] = set(listed.split())
    spaces = json.loads((folder / "slicer.json").read_text(encoding="utf-8"))
    names.update({space: set(listed) for space, listed in spaces.items()})
    names["qt"] = _classes_in(folder / "qt.txt")
    names["ctk"] = _classes_in(folder / "ctk.txt")
    return names


def _classes_in(path: Path) -> set[str]:
    return {line.partition(":")[0] for line in path.read_text(encoding="utf-8").splitlines()}
