"""What reading gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.dicom_header import SliceHeader
    from LightMSegmentationLib.imaging.volume import Volume


@dataclass(frozen=True)
class DicomSlices:
    """The DICOM slices that a volume was made from, in the order of k.

    ``pixel_for_pixel`` tells whether voxel k, j, i of the volume is pixel j, i of slice k; under a tilted gantry or
    with uneven distances, voxels were interpolated.
    """

    slices: tuple[SliceHeader, ...]
    pixel_for_pixel: bool


@dataclass(frozen=True)
class ReadVolume:
    """A volume (int16, HU if it is a CT) and sentences about what was changed or chosen on the way.

    ``dicom`` tells of the slices it was made from, None when they were no DICOM.
    """

    volume: Volume
    notes: tuple[str, ...] = ()
    dicom: DicomSlices | None = None


def refusal(source: Path | str, wrong: str, advice: str) -> UnusableInputError:
    """Return the error that says that ``source`` (named first) is ``wrong`` and what to do."""
    name = source if isinstance(source, str) else source.name or source.resolve().name
    return UnusableInputError(f"{name} {wrong}.", advice)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as in "1 slice" and "2 slices"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
