"""Reading weights that can be trusted: safetensors with a known SHA-256."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import torch

# A zip archive (torch.save) and the first byte of a binary pickle.
PICKLE_SIGNATURES = (b"PK\x03\x04", b"\x80")
REINSTALL = "Install the model again, or choose another one with --model."


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def verify_weights(path: Path, sha256: str) -> None:
    """Check that a weights file is there, is no pickle and has the hash that its card names.

    Raises
    ------
    ModelError
        Naming the file and what is wrong with it. The file's content is never executed.
    """
    if not path.is_file():
        cause = f"The weights file {path.name} is missing from {path.parent}."
        raise ModelError(cause, REINSTALL)
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(PICKLE_SIGNATURES):
        cause = f"{path.name} is a Python pickle, not safetensors, and was not opened."
        raise ModelError(cause, REINSTALL)
    found = sha256_of(path)
    if found != sha256:
        hashes = f"its SHA-256 is {found[:12]}…, its model card says {sha256[:12]}…"
        cause = f"{path.name} is damaged or was exchanged: {hashes}."
        raise ModelError(cause, REINSTALL)


def read_weights(path: Path, sha256: str) -> dict[str, torch.Tensor]:
    """Return the float32 tensors of a verified safetensors file.

    Raises
    ------
    ModelError
        When the file is missing, damaged, exchanged, or no safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    verify_weights(path, sha256)
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except SafetensorError as error:
        cause = f"{path.name} is no valid safetensors file ({error})."
        raise ModelError(cause, REINSTALL) from error
