"""DICOM files made from a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume

INTERCEPT = -1024


def write_series(
    folder: Path,
    volume: Volume,
    edit: Callable[[Dataset, int], None] = lambda _dataset, _k: None,
    *,
    uid: str = "",
    only: Iterable[int] | None = None,
    name: str = "image{:03d}.dcm",
) -> Path:
    """Write one file for each slice k of a volume in HU, unsigned with an intercept of -1024; ``edit`` changes each."""
    folder.mkdir(parents=True, exist_ok=True)
    uid = uid or generate_uid()
    for k in range(volume.grid.size[2]) if only is None else only:
        dataset = _slice(volume, k, uid)
        edit(dataset, k)
        _save(dataset, folder / name.format(k))
    return folder


def write_enhanced(path: Path, volume: Volume, order: Iterable[int]) -> Path:
    """Write one multi-frame enhanced CT file whose frames are the volume's slices in ``order``."""
    order = list(order)
    dataset = _image(volume, generate_uid(), EnhancedCTImageStorage)
    dataset.NumberOfFrames = len(order)
    shared = Dataset()
    shared.PixelMeasuresSequence = _item(PixelSpacing=_row_first(volume), SliceThickness=volume.grid.spacing[2])
    shared.PlaneOrientationSequence = _item(ImageOrientationPatient=_orientation(volume))
    shared.PixelValueTransformationSequence = _item(RescaleIntercept=INTERCEPT, RescaleSlope=1, RescaleType="HU")
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for k in order:
        frame = Dataset()
        frame.PlanePositionSequence = _item(ImagePositionPatient=_position(volume, k))
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.PixelData = (volume.array[order].astype(np.int32) - INTERCEPT).astype("<u2").tobytes()
    _save(dataset, path)
    return path


def _slice(volume: Volume, k: int, uid: str) -> FileDataset:
    dataset = _image(volume, uid, CTImageStorage)
    dataset.InstanceNumber = k + 1
    dataset.ImagePositionPatient = _position(volume, k)
    dataset.ImageOrientationPatient = _orientation(volume)
    dataset.PixelSpacing = _row_first(volume)
    dataset.RescaleIntercept, dataset.RescaleSlope = INTERCEPT, 1
    dataset.PixelData = (volume.array[k].astype(np.int32) - INTERCEPT).astype("<u2").tobytes()
    return dataset


def _image(volume: Volume, uid: str, sop_class: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", uid
    dataset.Modality, dataset.SeriesDescription = "CT", "ABDOMEN"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Columns, dataset.Rows, _ = volume.grid.size
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    return dataset


def _position(volume: Volume, k: int) -> list[str]:
    return _decimals((volume.grid.index_to_lps @ [0.0, 0.0, k, 1.0])[:3])


def _orientation(volume: Volume) -> list[str]:
    return _decimals(np.reshape(volume.grid.direction, (3, 3))[:, :2].T.ravel())


def _row_first(volume: Volume) -> list[str]:
    return _decimals(volume.grid.spacing[1::-1])


def _decimals(values: Iterable[float]) -> list[str]:
    """Return decimal strings of at most 16 characters, as DICOM wants them."""
    return [f"{value:.8f}"[:16] for value in values]


def _item(**attributes: object) -> Sequence:
    item = Dataset()
    for name, value in attributes.items():
        setattr(item, name, value)
    return Sequence([item])


def _save(dataset: FileDataset, path: Path) -> None:
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
