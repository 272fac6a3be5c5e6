"""Reading liver and tumor labels from a label map or from a Slicer segmentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    import SimpleITK

_LIVER, _TUMOR = 1, 2
_TUMOR_WORDS = re.compile(r"tumou?r|lesion|neoplasm|metastas|cancer|carcinoma", re.IGNORECASE)
_LIVER_WORDS = re.compile(r"liver|hepat", re.IGNORECASE)


def read_labels(path: Path) -> Volume:
    """Return the labels of a file as uint8: 0 background, 1 liver, 2 tumor.

    Parameters
    ----------
    path
        A label map with these values, or a ``.seg.nrrd`` with segments named after liver and tumor. A liver segment
        with or without its tumors gives the same labels.

    Raises
    ------
    UnusableInputError
        When the file can't be read, is not three-dimensional, or holds something else.
    """
    import SimpleITK as sitk

    if not path.is_file():
        cause = f"{path} does not exist or is not a file."
        raise UnusableInputError(cause, "Check the path.")
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        cause = f"{path} can't be read as an image."
        raise UnusableInputError(cause, "Give a label map (.nii.gz, .nrrd, .mha) or a .seg.nrrd.") from error
    if image.GetDimension() != 3:
        cause = f"{path} has {image.GetDimension()} dimensions, not 3."
        raise UnusableInputError(cause, "Give one three-dimensional label map.")
    segments = _segments(image)
    array = _of_segments(image, segments, path) if segments else _of_label_map(image, path)
    return Volume(array, Grid.of_image(image))


def _of_label_map(image: SimpleITK.Image, path: Path) -> np.ndarray:
    import SimpleITK as sitk

    array = sitk.GetArrayFromImage(image)
    if array.ndim != 3 or not set(np.unique(array)) <= {0, _LIVER, _TUMOR}:
        cause = f"{path} is no label map with the values 0 (background), 1 (liver) and 2 (tumor)."
        raise UnusableInputError(cause, "Give a label map as lightm segment writes it, or a .seg.nrrd.")
    return array.astype(np.uint8)


def _segments(image: SimpleITK.Image) -> list[dict[str, str]]:
    """Return the header entries of every segment of a Slicer segmentation, by their names without the number."""
    found: dict[int, dict[str, str]] = {}
    for key in image.GetMetaDataKeys():
        match = re.fullmatch(r"Segment(\d+)_(\w+)", key)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = image.GetMetaData(key)
    return list(found.values())


def _of_segments(image: SimpleITK.Image, segments: list[dict[str, str]], path: Path) -> np.ndarray:
    """Return the labels of a segmentation, whose overlapping segments are in several layers."""
    import SimpleITK as sitk

    layers = sitk.GetArrayFromImage(image)
    layers = layers.reshape(*layers.shape[:3], -1)
    labels = np.zeros(layers.shape[:3], dtype=np.uint8)
    names = [segment.get("Name", "") for segment in segments]
    livers = [s for s in segments if _LIVER_WORDS.search(s.get("Name", "")) and not _TUMOR_WORDS.search(s["Name"])]
    if not livers:
        cause = f"{path} has no segment named after the liver; its segments are: {', '.join(names)}."
        raise UnusableInputError(cause, "Rename the segments to 'liver' and 'liver tumor'.")
    tumors = [s for s in segments if _TUMOR_WORDS.search(s.get("Name", ""))]
    for value, chosen in ((_LIVER, livers), (_TUMOR, tumors)):
        for segment in chosen:
            layer = int(segment.get("Layer", "0"))
            labels[layers[..., layer] == int(segment.get("LabelValue", "1"))] = value
    return labels
