"""A folder of many small scans, some of which are broken in every way that a batch can meet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from Testing.data.bad_inputs import BAD_INPUTS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

NO_CASE = frozenset(
    {
        "missing file", "another kind of file", "text renamed to dcm", "folder without DICOM", "label map",
        "one value everywhere", "MR series", "several series",
    }
)  # fmt: skip
"""Bad inputs of a single scan that are none of a batch: it finds no case in them, or several good ones."""


@dataclass(frozen=True)
class ScanFolder:
    """The folder, and the names of its good and broken cases (the first parts of their paths)."""

    path: Path
    good: frozenset[str]
    broken: frozenset[str]


def make_scan_folder(path: Path, scans: Sequence[Path], cases: int, chance: random.Random, turn: int = 0) -> ScanFolder:
    """Fill ``path`` with ``cases`` cases: a tenth of them broken, each in its own way, the rest copies of ``scans``.

    There are more ways than a tenth of 200: another ``turn`` takes the next ones.
    """
    kinds = [bad for bad in BAD_INPUTS if bad.name not in NO_CASE]
    count = max(1, cases // 10)
    broken = [kinds[number % len(kinds)] for number in range(turn * count, (turn + 1) * count)]
    names = [f"case{number:03d}" for number in range(cases)]
    bad = dict(zip(chance.sample(names, k=len(broken)), broken, strict=True))
    for number, name in enumerate(names):
        folder = path / name
        folder.mkdir(parents=True)
        if name in bad:
            bad[name].make(folder)
        else:
            shutil.copy(scans[number % len(scans)], folder / "ct.nii.gz")
    return ScanFolder(path, frozenset(names) - bad.keys(), frozenset(bad))
