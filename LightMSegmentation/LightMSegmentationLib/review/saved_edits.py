"""Edits on disk: every segment with its voxels, in a private folder of the user's cache, by the scan they belong to."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import zipfile
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.review.case import Prediction, findings_of_report

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.grid import Grid

_EDITS, _PREDICTION = "edits.npz", "prediction.npz"
_FORM = 1
_DAYS_KEPT = 30


@dataclass(frozen=True)
class SavedSegment:
    """A segment: identifier, name, color (red, green, blue, 0 to 1), tags, and its voxels (bool; k, j, i) in a box."""

    identifier: str
    name: str
    color: tuple[float, float, float]
    tags: dict[str, str]
    box: Box
    voxels: np.ndarray = field(compare=False)

    def about(self) -> dict[str, Any]:
        """Return all but the voxels as plain types."""
        box = [list(self.box.start), list(self.box.stop)]
        plain = {"identifier": self.identifier, "name": self.name, "color": list(self.color), "tags": self.tags}
        return {**plain, "box": box}


def digest_of(segments: list[SavedSegment]) -> str:
    """Return what stands for the segments, to see whether any of them changed."""
    digest = hashlib.blake2b(digest_size=16)
    for segment in segments:
        digest.update(json.dumps(segment.about()).encode())
        digest.update(np.packbits(segment.voxels).tobytes())
    return digest.hexdigest()


class SavedEdits:
    """The edits and the prediction of one scan; ``key`` is its `case.input_key`."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder / key

    def write(self, segments: list[SavedSegment]) -> None:
        """Store the segments, whole or not at all."""
        about = [segment.about() for segment in segments]
        bits = {f"segment_{number}": np.packbits(segment.voxels) for number, segment in enumerate(segments)}
        self._write(_EDITS, {"segments": about}, bits)

    def read(self) -> tuple[list[SavedSegment], float] | None:
        """Return the segments and when they were stored (seconds since 1970), or None where none are."""
        loaded = self._read(_EDITS)
        if loaded is None:
            return None
        about, arrays = loaded
        segments = [_segment(plain, arrays[f"segment_{number}"]) for number, plain in enumerate(about["segments"])]
        return segments, (self._folder / _EDITS).stat().st_mtime

    def write_prediction(self, prediction: Prediction) -> None:
        """Store the untouched prediction, which edits are compared with."""
        about = {"findings": prediction.findings.as_plain(), "provenance": asdict(prediction.provenance)}
        self._write(_PREDICTION, about, {"labels": prediction.labels.array})

    def read_prediction(self, grid: Grid) -> Prediction | None:
        """Return the stored prediction, or None."""
        loaded = self._read(_PREDICTION)
        if loaded is None:
            return None
        about, arrays = loaded
        findings = findings_of_report(json.dumps(about))
        if findings is None or arrays["labels"].shape != grid.shape:
            return None
        return Prediction(Volume(arrays["labels"], grid), findings, Provenance(**about["provenance"]))

    def forget(self) -> None:
        """Remove the edits: they were saved elsewhere, or are not wanted."""
        (self._folder / _EDITS).unlink(missing_ok=True)

    def _write(self, name: str, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = np.frombuffer(json.dumps({"form": _FORM, **about}).encode(), np.uint8)
        with atomic_path(self._folder / name) as temporary:
            temporary.touch(mode=0o600)
            np.savez_compressed(temporary, allow_pickle=False, about=text, **arrays)

    def _read(self, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """Return what a file holds; one that is damaged or of another version counts as none."""
        try:
            with np.load(self._folder / name, allow_pickle=False) as stored:
                arrays = {key: stored[key] for key in stored.files}
            about = json.loads(arrays.pop("about").tobytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return (about, arrays) if about.get("form") == _FORM else None


def forget_old_edits(folder: Path, now: float | None = None) -> None:
    """Remove the edits of scans that nobody has looked at for a month."""
    oldest = (time.time() if now is None else now) - _DAYS_KEPT * 24 * 3600
    for path in folder.glob("*"):
        if path.is_dir() and all(file.stat().st_mtime < oldest for file in path.iterdir()):
            shutil.rmtree(path, ignore_errors=True)


def _segment(plain: dict[str, Any], bits: np.ndarray) -> SavedSegment:
    start, stop = (tuple(corner) for corner in plain["box"])
    box = Box(start, stop)
    shape = tuple(high - low for low, high in zip(start, stop, strict=True))
    voxels = np.unpackbits(bits, count=int(np.prod(shape))).astype(bool).reshape(shape)
    return SavedSegment(plain["identifier"], plain["name"], tuple(plain["color"]), plain["tags"], box, voxels)
