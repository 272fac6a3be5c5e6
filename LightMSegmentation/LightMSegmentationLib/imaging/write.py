"""Writing label maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import LightMError, ResourceError, UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path, full_suffix
from LightMSegmentationLib.imaging.itk_image import itk_path
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    import SimpleITK

LABEL_MAP_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_label_map(labels: Volume, path: Path) -> None:
    """Write labels as a compressed uint8 image; ``path`` is complete or as it was before.

    Parameters
    ----------
    labels
        Label of every voxel (0 to 255), k, j, i.
    path
        File to write; its suffix (``.nii.gz``, ``.nii``, ``.nrrd`` or ``.mha``) decides the form.
        A missing folder is made.

    Raises
    ------
    UnusableInputError
        When the suffix is none of these or the file can't be written.
    ResourceError
        When the disk is full.
    """
    if full_suffix(path) not in LABEL_MAP_SUFFIXES:
        wrong = f"{path.name} has none of the suffixes of a label map."
        raise UnusableInputError(wrong, f"Use one of {', '.join(LABEL_MAP_SUFFIXES)}.")
    image = Volume(labels.array.astype(np.uint8, copy=False), labels.grid).to_image()
    with atomic_path(path) as temporary:
        if not _written(image, temporary):
            raise _failure(path, opened=temporary.exists())


def _written(image: SimpleITK.Image, path: Path) -> bool:
    """Write and read back: on a full disk ITK leaves a truncated file in several forms without an error."""
    import SimpleITK as sitk

    try:
        sitk.WriteImage(image, itk_path(path), useCompression=True)
        back = sitk.ReadImage(itk_path(path))
    except RuntimeError:
        return False
    return np.array_equal(sitk.GetArrayViewFromImage(back), sitk.GetArrayViewFromImage(image))


def _failure(path: Path, *, opened: bool) -> LightMError:
    if opened:
        return ResourceError(
            f"{path} could not be written completely: the disk is full.", "Free some space or write elsewhere."
        )
    return UnusableInputError(f"{path} can't be written.", "Choose a folder where you may write.")
