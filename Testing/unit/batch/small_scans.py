"""Small CT scans with something that the scripted engine takes for a liver with a tumor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.tiny_ct import tiny_ct

if TYPE_CHECKING:
    from pathlib import Path


def small_scan(seed: int = 0) -> Volume:
    """Return a CT with a liver of 6x6x6 voxels of 0.8 mL and a tumor of ``seed`` + 1 voxels."""
    volume = tiny_ct()
    array = volume.array.clip(max=20)
    array[6:12, 8:14, 8:14] = 120
    array[8, 10, 9 : 10 + seed] = 60
    return Volume(array, volume.grid)


def write_scan(path: Path, seed: int = 0) -> Path:
    """Write the scan in the form that the ending of ``path`` names."""
    import SimpleITK as sitk

    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(small_scan(seed).to_image(), str(path))
    return path
