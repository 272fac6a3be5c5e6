"""Which files one segmentation writes, checked before anything is computed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.imaging.atomic import ensure_writable

SLICER_SEGMENTATION = ".seg.nrrd"
DICOM = ".dcm"

#: Forms of the segmentation; the longest ending comes first, because ``.seg.nrrd`` also ends in ``.nrrd``.
SEGMENTATION_ENDINGS = (SLICER_SEGMENTATION, ".nii.gz", ".nrrd", ".mha", DICOM)
TABLE_ENDINGS = (".csv", ".json")
PREVIEW_ENDINGS = (".png",)
REPORT_ENDINGS = (".json",)


@dataclass(frozen=True)
class OutputPlan:
    """Where the results of one run go; None where none was asked for."""

    segmentation: Path
    table: Path | None = None
    preview: Path | None = None
    report: Path | None = None
    sr: Path | None = None
    rtstruct: Path | None = None

    @property
    def files(self) -> dict[str, Path]:
        """Every file to write, by what it holds."""
        named = {
            "segmentation": self.segmentation,
            "sr": self.sr,
            "rtstruct": self.rtstruct,
            "table": self.table,
            "preview": self.preview,
            "report": self.report,
        }
        return {name: path for name, path in named.items() if path is not None}

    @property
    def dicom_files(self) -> dict[str, Path]:
        """The files that are DICOM objects, by what they hold, as `dicom_export.write.write_dicom` names them."""
        kinds = {"segmentation", "sr", "rtstruct"}
        return {name: path for name, path in self.files.items() if name in kinds and has_ending(path, (DICOM,))}

    def seen_from_report(self, written: dict[str, Path]) -> dict[str, str]:
        """Return files as paths relative to the report's folder, so that a moved folder keeps its links."""
        folder = self.report.absolute().parent if self.report else None
        return {name: _relative(path, folder) for name, path in written.items()}

    def check(self, source: Path) -> None:
        """Make sure that every file can be written where it was asked for, without writing one.

        Raises
        ------
        UsageError
            When an ending is unknown, when two files, or a file and the input ``source``, are the same, or when a DICOM
            result was asked for and ``source`` is not DICOM.
        UnusableInputError
            When a folder or file can't be written.
        ModelError
            When a package is not installed that writes what was asked for.
        """
        self._check_endings()
        self._check_distinct(source)
        if self.dicom_files:
            check_dicom(source)
        for path in self.files.values():
            check_writable(path)

    def _check_endings(self) -> None:
        allowed = {
            "table": TABLE_ENDINGS,
            "preview": PREVIEW_ENDINGS,
            "report": REPORT_ENDINGS,
            "sr": (DICOM,),
            "rtstruct": (DICOM,),
        }
        for name, path in self.files.items():
            endings = allowed.get(name, SEGMENTATION_ENDINGS)
            if not has_ending(path, endings):
                cause = f"The {name} file '{path}' has an ending that lightm can't write."
                raise UsageError(cause, f"Use a name that ends in {' or '.join(endings)}.")

    def _check_distinct(self, source: Path) -> None:
        seen: dict[Path, str] = {source.resolve(): "input"}
        for name, path in self.files.items():
            other = seen.setdefault(path.resolve(), name)
            if other != name:
                cause = f"The {other} and the {name} are the same file, '{path}'."
                raise UsageError(cause, "Choose another name for one of them.")


def _relative(path: Path, folder: Path | None) -> str:
    try:
        return os.path.relpath(path.absolute(), folder)
    except ValueError:  # another drive of Windows
        return str(path.absolute())


def has_ending(path: Path, endings: tuple[str, ...]) -> bool:
    """Return whether the file name, whatever its case, ends in one of ``endings`` and has a stem before it."""
    name = path.name.lower()
    return any(name.endswith(ending) and len(name) > len(ending) for ending in endings)


def check_dicom(source: Path) -> None:
    """Make sure that results can refer to the slices of ``source`` and that what writes them is installed.

    Raises
    ------
    UsageError
        When ``source`` is a file of another form.
    ModelError
        When a package is missing.
    """
    from LightMSegmentationLib.dicom_export.packages import EXPORT_PACKAGES, require_packages
    from LightMSegmentationLib.dicom_export.source_series import not_dicom
    from LightMSegmentationLib.imaging.dicom import is_dicom_file

    if source.is_file() and not is_dicom_file(source):
        name = f"'{source.name}'"
        raise not_dicom(name)
    require_packages(EXPORT_PACKAGES, "DICOM output")


def default_segmentation(source: Path) -> Path:
    """Return a free name in the current folder, made of the input's, of Slicer's form."""
    name = source.resolve().name or "scan"
    stem = next((name[: -len(end)] for end in (*SEGMENTATION_ENDINGS, ".nii") if name.lower().endswith(end)), name)
    path, number = Path(f"{stem}_segmentation{SLICER_SEGMENTATION}"), 1
    while path.exists():
        number += 1
        path = Path(f"{stem}_segmentation_{number}{SLICER_SEGMENTATION}")
    return path


def check_writable(path: Path) -> None:
    """Make sure that ``path`` can be written, by writing and removing a file beside it.

    Raises
    ------
    UnusableInputError
        Naming the file or folder that is in the way.
    ResourceError
        When the disk is full.
    """
    if path.exists() and not (path.is_file() and os.access(path, os.W_OK)):
        kind = "is a folder" if path.is_dir() else "is write-protected" if path.is_file() else "is not a regular file"
        cause = f"The output '{path}' can't be written: it {kind}."
        raise UnusableInputError(cause, "Choose another place for the output.")
    ensure_writable(path.absolute())


def nearest_folder(path: Path) -> Path:
    """Return the nearest thing that exists above ``path``: its folder, or where missing folders would be made."""
    return next(parent for parent in path.absolute().parents if parent.exists())
