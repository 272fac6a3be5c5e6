"""The input of a case as a path that can be read, also when it lies in an archive."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.archive import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case


@contextmanager
def readable_path(case: Case) -> Iterator[Path]:
    """Give the path to read ``case`` from; what had to be unpacked for it is removed afterwards.

    Raises as `archive.unpacked` does.
    """
    if case.archive is None:
        yield case.path
        return
    with unpacked(case.archive) as folder:
        yield folder / case.path
