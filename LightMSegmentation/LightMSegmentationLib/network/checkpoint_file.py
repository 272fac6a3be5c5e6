"""Reading the checkpoints of others, which are Python pickles, without running code that they may hold."""

from __future__ import annotations

import pickle
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.torch_version import TorchVersion

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

SAFE_SINCE = "2.6"
"""Before it, a crafted file could run code also with ``weights_only=True`` (CVE-2025-32434)."""
WRAPPERS = ("module.", "_orig_mod.")
"""What parallel training and compiling put before every name."""


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return the content of a ``.pth`` file: tensors, plain Python values and numpy numbers; nothing is executed.

    nnU-Net keeps numpy numbers beside its weights, so these are allowed; everything else that is no tensor or plain
    value makes the whole file be refused.

    Raises
    ------
    ModelError
        When the file is missing, no checkpoint, or names anything that could run code.
    """
    if TorchVersion(torch.__version__) < SAFE_SINCE:
        cause = f"torch {torch.__version__} can't read checkpoints of others safely."
        raise ModelError(cause, f"Update torch to {SAFE_SINCE} or newer.")
    if not path.is_file():
        cause = f"There is no file {path}."
        raise ModelError(cause, "Check the path.")
    try:
        with torch.serialization.safe_globals(_numpy_numbers()), warnings.catch_warnings():
            # torch warns of pickles that other programs wrote; what becomes of them is said in a sentence here.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refusal(path, str(error)) from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        cause = f"{path.name} is no PyTorch checkpoint, or it is damaged."
        raise ModelError(cause, "Get the file again.") from error
    if not isinstance(content, dict):
        cause = f"{path.name} holds a {type(content).__name__}, not the weights of a network by name."
        raise ModelError(cause, "Save the network's state_dict.")
    return content


def _numpy_numbers() -> list[Any]:
    """Return what a pickled numpy number names, under the names that numpy 1 and 2 give it."""
    scalar = np.float64(0.0).__reduce__()[0]
    kinds = {type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64, np.int32, np.bool_)}
    named = [(scalar, f"numpy.{core}.multiarray.scalar") for core in ("_core", "core")]
    return [*named, np.dtype, *sorted(kinds, key=str)]


def _refusal(path: Path, message: str) -> ModelError:
    found = re.search(r"GLOBAL ([\w.]+)", message)
    advice = "Nothing was run. Ask its author for the network's state_dict, saved alone."
    if found is None:
        cause = f"{path.name} is no PyTorch checkpoint, or it holds more than weights."
        return ModelError(cause, advice)
    cause = f"{path.name} was refused: besides weights it names the Python code '{found[1]}'."
    return ModelError(cause, advice)


def state_dict_in(content: dict[str, Any], path: Path, entries: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """Return the weights in a checkpoint: one of its ``entries``, or the checkpoint itself, without wrappers' names.

    Raises
    ------
    ModelError
        When there are none.
    """
    found = next((content[entry] for entry in entries if isinstance(content.get(entry), dict)), content)
    tensors = {str(name): value for name, value in found.items() if isinstance(value, torch.Tensor)}
    if not tensors or len(tensors) < len(found):
        cause = f"{path.name} holds no weights of a network."
        raise ModelError(cause, "Choose a checkpoint that was saved while training.")
    return {_unwrapped(name): tensor for name, tensor in tensors.items()}


def _unwrapped(name: str) -> str:
    while name.startswith(WRAPPERS):
        name = name.partition(".")[2]
    return name
