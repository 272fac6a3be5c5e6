"""The real scans for tests, which are not part of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


def shared_data(*parts: str) -> Path:
    """Return a path in ``../shared/data`` beside the repository, or skip the test when it is not there."""
    path = (_ROOT.parent / "shared" / "data").joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs the real scans: {Path('..', 'shared', 'data', *parts).as_posix()} is not here")
    return path
