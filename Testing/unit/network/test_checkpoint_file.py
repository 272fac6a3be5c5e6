"""Checkpoints of others are read without running anything that is in them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.checkpoint_file import read_checkpoint, state_dict_in

from Testing.data.checkpoints import RunsCode, vm_unet, write_malicious


def test_a_malicious_checkpoint_is_refused_and_its_code_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = write_malicious(tmp_path / "best.pth", trace)

    with pytest.raises(ModelError, match=r"refused: besides weights it names the Python code '\w+\.mkdir'"):
        read_checkpoint(path)

    assert not trace.exists()


def test_the_malicious_checkpoint_of_these_tests_is_a_real_one(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = write_malicious(tmp_path / "best.pth", trace)

    torch.load(path, weights_only=False)

    assert trace.exists()


def test_a_plain_pickle_is_refused_like_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "best.pth"
    path.write_bytes(pickle.dumps(RunsCode(tmp_path / "trace")))

    with pytest.raises(ModelError):
        read_checkpoint(path)

    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_numbers_of_either_numpy_are_read(tmp_path: Path, module: str) -> None:
    path = tmp_path / "numbers.pth"
    torch.save({"best": np.float64(0.5), "epoch": np.int64(7), "lr": np.float32(0.25)}, path)
    path.write_bytes(_with_module(path.read_bytes(), module, tmp_path))

    assert read_checkpoint(path) == {"best": 0.5, "epoch": 7, "lr": 0.25}


def _with_module(archive: bytes, module: str, folder: Path) -> bytes:
    """Return a checkpoint whose pickle names numpy's scalars as a numpy of the other version does."""
    import zipfile

    source, target = folder / "source.zip", folder / "target.zip"
    source.write_bytes(archive)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename.endswith("data.pkl"):
                for name in (b"numpy._core.multiarray", b"numpy.core.multiarray"):
                    content = content.replace(b"c" + name + b"\n", b"c" + module.encode() + b"\n")
            new.writestr(info.filename, content)
    return target.read_bytes()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"\x80\x02", b"not a checkpoint at all"])
def test_what_is_no_checkpoint_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "best.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"best\.pth (is no PyTorch checkpoint|was refused)"):
        read_checkpoint(path)


def test_a_list_of_weights_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "best.pth"
    torch.save([torch.zeros(1)], path)
    with pytest.raises(ModelError, match="holds a list, not the weights of a network by name"):
        read_checkpoint(path)


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no file"):
        read_checkpoint(tmp_path / "best.pth")


def test_an_old_torch_reads_no_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.5.1")
    with pytest.raises(ModelError, match=r"torch 2\.5\.1 can't read checkpoints of others safely"):
        read_checkpoint(tmp_path / "best.pth")


def test_weights_are_found_alone_within_an_entry_and_behind_wrappers() -> None:
    weights, path = vm_unet(1).state_dict(), Path("best.pth")
    wrapped = {f"module._orig_mod.{name}": tensor for name, tensor in weights.items()}
    for content in (weights, {"model_state_dict": weights, "epoch": 3}, wrapped):
        assert state_dict_in(dict(content), path, ("model_state_dict",)).keys() == weights.keys()


@pytest.mark.parametrize("content", [{}, {"epoch": 3}, {"epoch": 3, "weight": torch.zeros(1)}])
def test_a_checkpoint_without_weights_gets_a_sentence(content: dict) -> None:
    with pytest.raises(ModelError, match="holds no weights of a network"):
        state_dict_in(content, Path("best.pth"), ("model_state_dict",))
