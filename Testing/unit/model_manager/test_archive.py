"""A model travels in a single file; what was changed on the way is not taken in."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from LightMSegmentationLib.errors import ModelError, UsageError
from LightMSegmentationLib.model_manager.add import AddOptions, add_model
from LightMSegmentationLib.model_manager.archive import MANIFEST, export_model, import_archive

from Testing.data.checkpoints import write_vm_unet


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the models folder of the other computer."""
    folder = tmp_path / "other"
    monkeypatch.setenv("LIGHTM_MODELS", str(folder))
    return folder


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a model exported on this computer."""
    with monkeypatch.context() as here:
        here.setenv("LIGHTM_MODELS", str(tmp_path / "this"))
        card = add_model(write_vm_unet(tmp_path / "skin.pth"), AddOptions())
        (card.parent / "LICENSE-WEIGHTS").write_text("Ask first.")
        export_model(card, tmp_path / "skin.zip")
    return tmp_path / "skin.zip"


def changed(archive: Path, manifest: dict | None = None, **members: bytes) -> Path:
    """Return a copy of an archive with other members or another manifest."""
    path = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        content = {name: old.read(name) for name in old.namelist()}
        document = json.loads(content[MANIFEST])
        content |= members | {MANIFEST: json.dumps(document | (manifest or {})).encode()}
        for name, data in content.items():
            new.writestr(name, data)
    return path


def test_a_model_arrives_as_it_was_sent(archive: Path, models: Path, tmp_path: Path) -> None:
    card = import_archive(archive)

    names = ["skin.LICENSE-WEIGHTS", "skin.json", "skin.safetensors"]
    assert sorted(path.name for path in models.iterdir()) == names
    assert card.read_bytes() == (tmp_path / "this" / "skin.json").read_bytes()


def test_the_same_model_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    export_model(tmp_path / "this" / "skin.json", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_it_can_be_called_something_else(archive: Path, models: Path) -> None:
    assert import_archive(archive, "other-skin").name == "other-skin.json"
    assert (models / "skin.safetensors").is_file()


def test_it_is_not_taken_in_twice(archive: Path) -> None:
    import_archive(archive)
    with pytest.raises(UsageError, match="There is a model named 'skin' already"):
        import_archive(archive)


def test_changed_weights_are_refused(archive: Path, models: Path) -> None:
    with pytest.raises(ModelError, match=r"skin\.safetensors is not what its manifest says"):
        import_archive(changed(archive, **{"skin.safetensors": b"other weights"}))
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("name", ["../skin.json", "/etc/skin.json", "a/b.safetensors", "c:\\x.json", "run.py", ".json"])
def test_a_file_outside_its_folder_or_of_another_kind_is_refused(archive: Path, models: Path, name: str) -> None:
    files = {name: {"sha256": "0" * 64, "size": 1}}
    with pytest.raises(ModelError, match="that no model has"):
        import_archive(changed(archive, {"files": files, "card": name}, **{name: b"x"}))
    assert not models.exists()


def test_a_bomb_is_refused_before_it_is_unpacked(archive: Path, models: Path) -> None:
    with zipfile.ZipFile(archive) as old:
        files = json.loads(old.read(MANIFEST))["files"]
    huge = files | {"skin.safetensors": {"sha256": "0" * 64, "size": 10**12}}
    with pytest.raises(ModelError, match="too large to be a model"):
        import_archive(changed(archive, {"files": huge}))
    short = files | {"skin.safetensors": {"sha256": "0" * 64, "size": 10}}
    with pytest.raises(ModelError, match="is not what its manifest says"):
        import_archive(changed(archive, {"files": short}))
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"no archive"])
def test_what_is_no_archive_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "skin.zip"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="no model that 'lightm models export' wrote"):
        import_archive(path)


def test_another_format_is_refused(archive: Path) -> None:
    with pytest.raises(ModelError, match="has format 2, this version reads format 1"):
        import_archive(changed(archive, {"format": 2}))


def test_a_damaged_model_is_not_exported(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "this" / "skin.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged or was exchanged"):
        export_model(tmp_path / "this" / "skin.json", tmp_path / "new.zip")
    assert not (tmp_path / "new.zip").exists()
    assert archive.exists()
