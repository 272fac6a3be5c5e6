"""A model in a single file, to be carried to a computer without network.

The file is a zip archive of the card and its weights, uncompressed, and of a manifest with their SHA-256 and sizes.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import CARD_SUFFIX, user_models_folder
from LightMSegmentationLib.model_manager.installation import installing
from LightMSegmentationLib.model_manager.names import check_free
from LightMSegmentationLib.network.weights import sha256_of, verify_weights

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE_SUFFIX = ".zip"
MANIFEST = "manifest.lightm"
FORMAT = 1
WEIGHTS_SUFFIX = ".safetensors"
LICENSE_FILE = "LICENSE-WEIGHTS"
LARGEST_BYTES = 4 * 1024**3
"""Of all files together: far more than any of these networks has, far less than a disk."""
_BLOCK = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """What the manifest says of a file."""

    sha256: str
    size: int


def export_model(card_path: Path, target: Path) -> None:
    """Write an installed model to a single file; the same model always gives the same bytes.

    Raises
    ------
    ModelError
        When the model is not whole.
    UnusableInputError, ResourceError
        When the file can't be written, or the disk is full.
    """
    card = read_model_card(card_path)
    for name, sha256 in card.weights_files.items():
        verify_weights(card_path.parent / name, sha256)
    beside = [card_path.parent / name for name in (*card.weights_files, LICENSE_FILE)]
    files = [card_path, *(path for path in beside if path.is_file())]
    entries = {path.name: {"sha256": sha256_of(path), "size": path.stat().st_size} for path in files}
    manifest = json.dumps({"format": FORMAT, "card": card_path.name, "files": entries}, indent=2)
    with atomic_path(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(MANIFEST, _LONG_AGO), manifest)
        for path in files:
            with path.open("rb") as source, archive.open(zipfile.ZipInfo(path.name, _LONG_AGO), "w") as member:
                while block := source.read(_BLOCK):
                    member.write(block)


def import_archive(path: Path, name: str = "") -> Path:
    """Add the model in a file that :func:`export_model` wrote, and return its card.

    Only files that the manifest names are taken out, under plain names of known kinds, and only as many bytes as it
    says. Nothing is there before every hash was checked.

    Raises
    ------
    ModelError
        When the file is damaged, was changed, or is no such archive.
    UsageError
        When a model of that name is there already.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            card, entries = _manifest(archive, path)
            chosen = check_free(name or card.removesuffix(CARD_SUFFIX))
            with installing(chosen) as folder:
                for file_name, entry in entries.items():
                    _take_out(archive, file_name, entry, folder / _installed_name(file_name, chosen), path)
    # zipfile raises NotImplementedError, a RuntimeError, for a way of compression that it does not know
    # and RuntimeError itself where a password is needed
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _refused(path, "is no model that 'lightm models export' wrote, or it is damaged") from error
    return user_models_folder() / f"{chosen}{CARD_SUFFIX}"


def _installed_name(file_name: str, model: str) -> str:
    """Return what a file is called in the user's folder: the card after its model, as is a license."""
    if file_name.endswith(CARD_SUFFIX):
        return f"{model}{CARD_SUFFIX}"
    return f"{model}.{LICENSE_FILE}" if file_name == LICENSE_FILE else file_name


def _refused(path: Path, reason: str) -> ModelError:
    cause = f"{path.name} {reason}, so nothing was added."
    return ModelError(cause, "Export the model again on the other computer and copy the file once more.")


def _manifest(archive: zipfile.ZipFile, path: Path) -> tuple[str, dict[str, Entry]]:
    """Return the card's name and what the manifest says of every file, after checking names and sizes."""
    if archive.getinfo(MANIFEST).file_size > _BLOCK:
        raise _refused(path, "has a manifest that is too long")
    document: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if document["format"] != FORMAT:
        raise _refused(path, f"has format {document['format']}, this version reads format {FORMAT}")
    entries = {str(name): Entry(str(one["sha256"]), int(one["size"])) for name, one in document["files"].items()}
    for name in entries:
        if not _is_plain(name):
            raise _refused(path, f"names a file '{name}' that no model has")
    if sum(entry.size for entry in entries.values()) > LARGEST_BYTES:
        raise _refused(path, "is too large to be a model")
    card = str(document["card"])
    if card not in entries or [name for name in entries if name.endswith(CARD_SUFFIX)] != [card]:
        raise _refused(path, "holds no model card, or several")
    return card, entries


def _is_plain(name: str) -> bool:
    known = name.endswith((CARD_SUFFIX, WEIGHTS_SUFFIX)) or name == LICENSE_FILE
    return known and not name.startswith(".") and PurePosixPath(name).name == name and not set(name) & set('\\:*?"<>|')


def _take_out(archive: zipfile.ZipFile, name: str, entry: Entry, target: Path, path: Path) -> None:
    """Write a member to ``target``, reading not a byte more than the manifest says."""
    digest, missing = hashlib.sha256(), entry.size
    with archive.open(name) as member, target.open("wb") as file:
        while missing > 0 and (block := member.read(min(_BLOCK, missing))):
            digest.update(block)
            file.write(block)
            missing -= len(block)
        longer = bool(member.read(1))
    if missing or longer or digest.hexdigest() != entry.sha256:
        raise _refused(path, f"is damaged or was changed: {name} is not what its manifest says")
