"""All training cases in one compact file, so that training itself reads neither images nor headers.

The file is a NumPy ``.npz``: per case ``<name>/image`` (codes of `intensity.encode`) and ``<name>/target`` (codes of
`targets`), both uint8 in canonical axes (k, j, i toward S, P, L), and ``index``, a JSON text as bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.body import body_center, body_mask, index_of
from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.imaging.grid import vector
from LightMSegmentationLib.imaging.resample import resample, resampled_grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.training.intensity import WINDOW_HU, encode
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, TUMOR, target_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from LightMSegmentationLib.imaging.grid import Grid, Vector
    from LightMSegmentationLib.training.cases import Case
    from LightMSegmentationLib.training.config import ArchiveConfig

SPLITS = ("train", "validation")


@dataclass(frozen=True)
class PackedCase:
    """One case at the archive's spacing: ``image`` and ``target`` codes (uint8, k, j, i) and where they came from.

    ``center`` is the body's, as a fractional index (i, j, k) of the packed voxels; it may lie outside of them.
    """

    name: str
    patient: str
    split: str
    labels: str
    phase: str
    center: Vector
    image: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class Archive:
    """The packed cases, their spacing in mm (x, y, z) and the SHA-256 of the file."""

    cases: tuple[PackedCase, ...]
    spacing_mm: tuple[float, float, float]
    sha256: str

    def split(self, name: str) -> tuple[PackedCase, ...]:
        """Return the cases of one split."""
        return tuple(case for case in self.cases if case.split == name)


def pack_archive(
    cases: Iterable[Case], config: ArchiveConfig, path: Path, report: Callable[[str], None] = lambda _name: None
) -> None:
    """Resample the training and validation cases and write the archive, replacing an older one only when complete."""
    packed = []
    for case in cases:
        if case.split not in SPLITS:
            continue
        report(case.name)
        packed.append(pack_case(case, config))
    save_archive(packed, config.spacing_mm, path)


def save_archive(cases: Iterable[PackedCase], spacing_mm: Vector, path: Path) -> None:
    """Write packed cases, replacing an older archive only when complete."""
    arrays: dict[str, np.ndarray] = {}
    entries = []
    for case in cases:
        arrays[f"{case.name}/image"] = case.image
        arrays[f"{case.name}/target"] = case.target
        about = {"name": case.name, "patient": case.patient, "split": case.split}
        entries.append({**about, "labels": case.labels, "phase": case.phase, "center": case.center})
    index = {"spacing_mm": list(spacing_mm), "cases": entries}
    arrays["index"] = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished.npz")
    np.savez_compressed(unfinished, allow_pickle=False, **arrays)
    unfinished.replace(path)


def load_archive(path: Path) -> Archive:
    """Read an archive into memory.

    Raises
    ------
    UnusableInputError
        When the file is missing or is no such archive.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with np.load(path, allow_pickle=False) as content:
            index = json.loads(bytes(content["index"]))
            cases = tuple(_unpacked(entry, content) for entry in index["cases"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        cause = f"The training archive {path} can't be read: {error}."
        raise UnusableInputError(cause, "Pack it again with: lightm train CONFIG --data FOLDER.") from error
    return Archive(cases, tuple(index["spacing_mm"]), digest)


def _unpacked(entry: dict[str, Any], content: Mapping[str, np.ndarray]) -> PackedCase:
    arrays = {part: content[f"{entry['name']}/{part}"] for part in ("image", "target")}
    return PackedCase(**{**entry, **arrays, "center": vector(entry["center"])})


def pack_case(case: Case, config: ArchiveConfig) -> PackedCase:
    """Return one case in canonical axes at the archive's spacing, cut to the liver where a margin is given."""
    volume = to_canonical(Volume.of_image(sitk.ReadImage(str(case.image), sitk.sitkFloat32)))
    label = to_canonical(Volume.of_image(sitk.ReadImage(str(case.label), sitk.sitkUInt8)))
    grid = resampled_grid(volume.grid, config.spacing_mm)
    hu = resample(volume, grid, default_value=WINDOW_HU[0]).array
    labels = resampled_labels(Volume(label.array, volume.grid), grid)
    spacing_kji = config.spacing_mm[::-1]
    target = target_codes(labels, case.labels, spacing_kji)
    box = _box(labels > 0, config.margin_mm, spacing_kji)
    center = index_of(body_center(body_mask(hu), grid), grid)
    return PackedCase(
        name=case.name,
        patient=case.patient,
        split=case.split,
        labels=case.labels,
        phase=case.phase,
        center=vector(at - along.start for at, along in zip(center, reversed(box), strict=True)),
        image=encode(hu[box]),
        target=np.ascontiguousarray(target[box]),
    )


def resampled_labels(label: Volume, grid: Grid) -> np.ndarray:
    """Return labels (uint8) resampled through occupancies, which keeps volumes: organ >= 1/2, tumor >= half of it."""
    organ, tumor = (
        resample(Volume(mask.astype(np.float32), label.grid), grid, default_value=0.0).array
        for mask in (label.array > 0, label.array == TUMOR)
    )
    return np.where(organ >= 0.5, np.where(tumor >= 0.5 * organ, TUMOR, LIVER), BACKGROUND).astype(np.uint8)


def _box(mask: np.ndarray, margin_mm: float | None, spacing_kji: tuple[float, float, float]) -> tuple[slice, ...]:
    if margin_mm is None:
        return tuple(slice(0, extent) for extent in mask.shape)
    (found,) = ndimage.find_objects(mask.astype(np.uint8), max_label=1)
    margins = [int(np.ceil(margin_mm / step)) for step in spacing_kji]
    return tuple(
        slice(max(0, extent.start - margin), extent.stop + margin)
        for extent, margin in zip(found, margins, strict=True)
    )
