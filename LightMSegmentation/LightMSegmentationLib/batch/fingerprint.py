"""Telling whether an input changed: by a cheap stamp of its files, or by their content when the stamp differs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CHUNK = 1 << 20
_DIGEST_BYTES = 16


def stamp_of(files: Sequence[Path]) -> str:
    """Return a digest of names, sizes and times of change; an input whose stamp is the same is taken as unchanged."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for path in sorted(files):
        try:
            state = path.stat()
            text = f"{path.name}\0{state.st_size}\0{state.st_mtime_ns}\0"
        except OSError as error:
            text = f"{path.name}\0{error.errno}\0"
        digest.update(text.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def content_hash_of(files: Sequence[Path]) -> str:
    """Return a digest (BLAKE2b) of the files' content; files that can't be read count as empty."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for path in sorted(files):
        digest.update(_digest_of(path))
    return digest.hexdigest()


def _digest_of(path: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return bytes(_DIGEST_BYTES)
    return digest.digest()
