"""Thick slices made of thin ones, as a scanner would have reconstructed them."""

from __future__ import annotations

from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.imaging.resample import resample, resampled_grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.training.archive import resampled_labels

AIR_HU = -1000


def thinned_out(scan: Volume, labels: Volume, slice_mm: float) -> tuple[Volume, Volume]:
    """Return a scan in HU and its labels (1 liver, 2 tumor) with slices of ``slice_mm``, in canonical axes.

    Thinner slices are averaged over the new thickness. A voxel is liver where at least half of it is, and tumor where
    at least half of that is: what readers of the thick slices would have drawn, so that what is found on them can be
    compared on their own grid; lesions much smaller than a slice vanish from both. Scans whose slices are that thick
    already stay as they are.
    """
    scan, labels = to_canonical(scan), to_canonical(labels)
    x, y, z = scan.grid.spacing
    if z >= slice_mm:
        return scan, labels
    grid = resampled_grid(scan.grid, (x, y, slice_mm))
    thick = resample(scan, grid, default_value=AIR_HU)
    return thick, Volume(resampled_labels(labels, grid), grid)
