"""Every input that must be refused: how to make it, and what the refusal must say."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.dicom_files import write_series
from Testing.data.nifti_files import DATATYPE, MAGIC, PIXDIM, QFORM_CODE, patch
from Testing.data.tiny_ct import tiny_ct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom.dataset import Dataset


@dataclass(frozen=True)
class BadInput:
    """An input that must be refused with exit code 3.

    ``make`` makes it in an empty folder and returns its path; the sentence holds every piece of ``says``, whatever
    its case, and the path's name.
    """

    name: str
    make: Callable[[Path], Path]
    says: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def _saved(array: np.ndarray, path: Path, *, vector: bool = False) -> Path:
    image = sitk.GetImageFromArray(array, isVector=vector)
    if image.GetDimension() == 3:
        image.SetSpacing(tiny_ct().grid.spacing)
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def _with_values(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], Path]:
    """Return a maker of the tiny CT with changed voxel values."""
    return lambda folder: _saved(change(tiny_ct().array), folder / name)


def _on_grid(name: str, **changes: tuple[float, ...]) -> Callable[[Path], Path]:
    """Return a maker of the tiny CT on a changed grid."""

    def make(folder: Path) -> Path:
        volume = tiny_ct()
        sitk.WriteImage(Volume(volume.array, replace(volume.grid, **changes)).to_image(), str(folder / name))
        return folder / name

    return make


def _with_bytes(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    """Return a maker of the tiny CT's file with changed bytes, compressed where the name says so."""

    def make(folder: Path) -> Path:
        path = folder / name
        sitk.WriteImage(tiny_ct().to_image(), str(path), useCompression=name.endswith(".gz"))
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def _patched(offset: int, form: str, *values: float) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        sitk.WriteImage(tiny_ct().to_image(), str(folder / "scan.nii"))
        return patch(folder / "scan.nii", offset, form, *values)

    return make


def _series(
    edit: Callable[[Dataset, int], None] = lambda _dataset, _k: None, **options: object
) -> Callable[[Path], Path]:
    return lambda folder: write_series(folder / "series", tiny_ct(), edit, **options)


def _set(**attributes: object) -> Callable[[Dataset, int], None]:
    """Return an edit that sets attributes, or deletes those set to None."""

    def edit(dataset: Dataset, _k: int) -> None:
        for name, value in attributes.items():
            if value is None:
                delattr(dataset, name)
            else:
                setattr(dataset, name, value)

    return edit


def _with_nan(array: np.ndarray, fraction: float = 0.02) -> np.ndarray:
    values = array.astype(np.float32)
    values.ravel()[:: round(1 / fraction)] = math.nan
    return values


def _with_infinity(array: np.ndarray) -> np.ndarray:
    values = array.astype(np.float64)
    values.ravel()[::50] = math.inf
    return values


def _stacked(array: np.ndarray) -> np.ndarray:
    return np.stack([array, array])


def _colored(array: np.ndarray) -> np.ndarray:
    return np.repeat(np.clip(array // 8 + 125, 0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=-1)


def _color(name: str) -> Callable[[Path], Path]:
    return lambda folder: _saved(_colored(tiny_ct().array), folder / name, vector=True)


def _flat(name: str) -> Callable[[Path], Path]:
    return lambda folder: _saved(tiny_ct().array[0], folder / name)


def _magnetic(array: np.ndarray) -> np.ndarray:
    """Return what an MR could look like: no signal outside, fat bright, tissue less so."""
    return np.select([array < -900, array < -50, array < 300], [array + 1015, 900, 420], 60).astype(np.int16)


def _text(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_text("Dear colleague,\n\nplease find the scan attached.\n" * 20, encoding="utf-8")
        return path

    return make


def _empty(folder: Path) -> Path:
    path = folder / "empty.nii.gz"
    path.touch()
    return path


def _damaged(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(255 - byte for byte in data[middle : middle + 64]) + data[middle + 64 :]


def _several_series(folder: Path) -> Path:
    for uid, description in (("1.2.3.4", "ARTERIAL"), ("1.2.3.5", "PORTAL VENOUS")):
        write_series(folder / "study" / description, tiny_ct(), _set(SeriesDescription=description), uid=uid)
    return folder / "study"


def _phases(folder: Path) -> Path:
    for name in ("early{:03d}", "late{:03d}"):
        write_series(folder / "phases", tiny_ct(), uid="1.2.3.4", name=name)
    return folder / "phases"


def _no_pixels(dataset: Dataset, _k: int) -> None:
    del dataset.PixelData, dataset.Rows, dataset.Columns


def _one_without_pixels(dataset: Dataset, k: int) -> None:
    if k == 19:
        del dataset.PixelData


def _color_pixels(dataset: Dataset, _k: int) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = bytes(dataset.Rows * dataset.Columns * 3)


def _cut_slice(folder: Path) -> Path:
    series = write_series(folder / "series", tiny_ct())
    victim = series / "image007.dcm"
    victim.write_bytes(victim.read_bytes()[:-500])
    return series


def _folder_of_notes(folder: Path) -> Path:
    (folder / "notes").mkdir()
    return _text("notes/readme.txt")(folder).parent


_ZERO_SPACING = tuple(
    BadInput(
        f"zero spacing in {name}",
        _with_bytes(name, lambda data, old=old, new=new: data.replace(old, new)),
        ("spacing",),
    )
    for name, old, new in (
        ("zero.nrrd", b"(10,0,0)", b"(0,0,0)"),
        ("zero.mha", b"ElementSpacing = 10", b"ElementSpacing = 0"),
        ("nan.nrrd", b"(10,0,0)", b"(nan,nan,nan)"),
        ("nan.mha", b"ElementSpacing = 10", b"ElementSpacing = nan"),
    )
)

BAD_INPUTS: tuple[BadInput, ...] = (
    BadInput("missing file", lambda folder: folder / "missing.nii.gz", ("does not exist",)),
    BadInput("empty file", _empty, ("empty",)),
    BadInput("truncated nii.gz", _with_bytes("cut.nii.gz", lambda data: data[: len(data) // 2]), ("truncated",)),
    BadInput("nii.gz without its last bytes", _with_bytes("cut.nii.gz", lambda data: data[:-4]), ("truncated",)),
    BadInput("truncated nii", _with_bytes("cut.nii", lambda data: data[:-1000]), ("truncated",)),
    BadInput("truncated nrrd", _with_bytes("cut.nrrd", lambda data: data[:-1000]), ("truncated",)),
    BadInput("truncated mha", _with_bytes("cut.mha", lambda data: data[:-1000]), ("truncated",)),
    BadInput("damaged nii.gz", _with_bytes("damaged.nii.gz", _damaged), ("damaged",)),
    BadInput("text renamed to nrrd", _text("letter.nrrd"), ("not an NRRD file",)),
    BadInput("text renamed to nii", _text("letter.nii"), ("not a NIfTI file",)),
    BadInput("text renamed to nii.gz", _text("letter.nii.gz"), ("not a NIfTI file",)),
    BadInput("text renamed to mha", _text("letter.mha"), ("not a MetaImage file",)),
    BadInput("text renamed to dcm", _text("letter.dcm"), ("none of the forms",)),
    BadInput("another kind of file", _text("letter.txt"), ("none of the forms",)),
    BadInput("half of a NIfTI pair", _patched(MAGIC, "4s", b"ni1\0"), ("pair",)),
    BadInput("Analyze file", _patched(MAGIC, "4s", b"\0\0\0\0"), ("Analyze",)),
    BadInput("complex voxels", _patched(DATATYPE, "h", 32), ("type that no CT has",)),
    BadInput("2D nii.gz", _flat("flat.nii.gz"), ("two-dimensional",)),
    BadInput("2D nrrd", _flat("flat.nrrd"), ("two-dimensional",)),
    BadInput("2D mha", _flat("flat.mha"), ("two-dimensional",)),
    BadInput("single slice", _with_values("slice.nii.gz", lambda array: array[:1]), ("two-dimensional",)),
    BadInput("4D nii.gz", _with_values("phases.nii.gz", _stacked), ("4 dimensions",)),
    BadInput("4D nrrd", _with_values("phases.nrrd", _stacked), ("4 dimensions",)),
    BadInput("4D mha", _with_values("phases.mha", _stacked), ("4 dimensions",)),
    BadInput("RGB nii.gz", _color("color.nii.gz"), ("color",)),
    BadInput("RGB nrrd", _color("color.nrrd"), ("color",)),
    BadInput("RGB mha", _color("color.mha"), ("color",)),
    BadInput("single voxel", _with_values("voxel.nii.gz", lambda array: array[:1, :1, :1]), ("1 x 1 x 1",)),
    BadInput("2 % NaN in nii.gz", _with_values("nan.nii.gz", _with_nan), ("not numbers", "2.0%")),
    BadInput("2 % infinite in nii.gz", _with_values("infinite.nii.gz", _with_infinity), ("not numbers", "2.0%")),
    BadInput("2 % NaN in nrrd", _with_values("nan.nrrd", _with_nan), ("not numbers", "2.0%")),
    BadInput("2 % infinite in mha", _with_values("infinite.mha", _with_infinity), ("not numbers", "2.0%")),
    BadInput("zero spacing in nii", _patched(PIXDIM + 8, "f", 0.0), ("spacing",)),
    BadInput("NaN spacing in nii", _patched(PIXDIM + 4, "f", math.nan), ("spacing",)),
    *_ZERO_SPACING,
    BadInput("axes without volume", _patched(QFORM_CODE, "hh24x12f", 0, 1, *[0.0] * 12), ("axes",)),
    BadInput("MR", _with_values("mr.nii.gz", _magnetic), ("not a CT in HU", "MR")),
    BadInput(
        "normalized 0..1", _with_values("unit.nrrd", lambda array: (array + 1010) / 1700.0), ("not in HU", "normalized")
    ),
    BadInput(
        "label map",
        _with_values("labels.nii.gz", lambda array: (array > 0).astype(np.uint8)),
        ("not in HU", "label map"),
    ),
    BadInput(
        "8-bit picture",
        _with_values("window.mha", lambda array: np.clip(array // 2 + 80, 0, 255)),
        ("not in HU", "window"),
    ),
    BadInput("lost intercept", _with_values("raw.nii.gz", lambda array: array + 1024), ("intercept",)),
    BadInput("intercept twice", _with_values("twice.nii.gz", lambda array: array - 1024), ("not in HU",)),
    BadInput("one value everywhere", _with_values("constant.nii.gz", np.zeros_like), ("same value",)),
    BadInput("too small", _on_grid("mouse.nii.gz", spacing=(1.0, 1.0, 1.0)), ("too small for a liver",)),
    BadInput("meters for mm", _on_grid("meters.nii.gz", spacing=(0.01, 0.01, 0.008)), ("too small", "mm")),
    BadInput("too coarse", _on_grid("coarse.nii.gz", spacing=(10.0, 10.0, 20.0)), ("too coarse",)),
    BadInput("micrometers for mm", _on_grid("far.nii.gz", spacing=(11.0, 11.0, 9000.0)), ("spacing",)),
    BadInput("folder without DICOM", _folder_of_notes, ("no DICOM images",)),
    BadInput("DICOM without pixel data", _series(_no_pixels), ("no pixel data",)),
    BadInput(
        "DICOM with a slice without pixel data",
        _series(_one_without_pixels),
        ("lacks the pixel data of 1 of its 20 files", "image019.dcm"),
    ),
    BadInput("only a localizer", _series(_set(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])), ("localizer",)),
    BadInput("MR series", _series(_set(Modality="MR")), ("modality MR", "not CT")),
    BadInput("single DICOM slice", _series(only=[3]), ("single slice",)),
    BadInput(
        "missing slices",
        _series(only=[k for k in range(20) if k not in (7, 8, 15)]),
        ("3 slices are missing", "S 88.0", "S 112.0", "S 152.0", "S 168.0"),
    ),
    BadInput(
        "several series", _several_series, ("1.2.3.4", "ARTERIAL", "1.2.3.5", "PORTAL VENOUS", "20 slices", "--series")
    ),
    BadInput("several phases in a series", _phases, ("several images at each place",)),
    BadInput("DICOM without pixel spacing", _series(_set(PixelSpacing=None)), ("pixel spacing",)),
    BadInput("DICOM with zero pixel spacing", _series(_set(PixelSpacing=["0", "0"])), ("pixel spacing",)),
    BadInput("DICOM in color", _series(_color_pixels), ("color",)),
    BadInput("DICOM slice that is cut", _cut_slice, ("image007.dcm", "damaged")),
)
"""Everything that must be refused when it is read or checked."""
