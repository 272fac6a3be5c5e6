"""Telling label maps, which often lie beside scans, from scans: by their voxels, which hold hardly any information."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.atomic import full_suffix
from LightMSegmentationLib.imaging.itk_image import itk_warnings_off

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.file_header import FileHeader

#: Labels compress to a hundredth of a byte for each voxel; the noise of a CT needs at least a third of one.
_BYTES_PER_VOXEL = 0.2
_HIGHEST_LABEL = 255
_MOST_LABELS = 128
_EQUAL_NEIGHBORS = 0.8
_SEGMENTATIONS = (".seg.nrrd", ".seg.nhdr")


def is_segmentation_name(path: Path) -> bool:
    """Tell whether a file is called as Slicer calls segmentations."""
    return full_suffix(path) in _SEGMENTATIONS


def is_label_map(path: Path, header: FileHeader | None) -> bool:
    """Tell whether a volume file can only hold labels: whole numbers from 0 to 255, few of them, in regions.

    A compressed file with more than a fifth of a byte for each voxel holds too much information for labels and is not
    read. A file that can't be read is no label map: it has to fail as a case.
    """
    if header is None or _BYTES_PER_VOXEL * header.voxels < path.stat().st_size < header.voxels:
        return False
    import SimpleITK as sitk

    try:
        with itk_warnings_off():
            image = sitk.ReadImage(str(path))
    except (RuntimeError, MemoryError):
        return False
    array = sitk.GetArrayViewFromImage(image)
    return array.ndim == 3 and image.GetNumberOfComponentsPerPixel() == 1 and _holds_labels(array)


def _holds_labels(array: np.ndarray) -> bool:
    """Tell slice by slice, which ends at the first slice of nearly every scan and spares memory."""
    counts = np.zeros(_HIGHEST_LABEL + 1, np.int64)
    equal = total = 0
    for level in array:
        if not (level.min() >= 0 and level.max() <= _HIGHEST_LABEL):
            return False
        labels = level.astype(np.uint8)
        if array.dtype.kind == "f" and not np.array_equal(labels, level):
            return False
        counts += np.bincount(labels.ravel(), minlength=len(counts))
        equal += int(np.count_nonzero(labels[:, 1:] == labels[:, :-1]))
        total += labels[:, 1:].size
    used = np.count_nonzero(counts)
    is_picture = counts[_HIGHEST_LABEL] > 0 and used > 2  # 255 is white there, and the only label of a mask
    return bool(used <= _MOST_LABELS and not is_picture) and equal >= _EQUAL_NEIGHBORS * total
