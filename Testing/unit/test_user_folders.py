"""Caches and models go where each operating system keeps them, and the environment can say otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from LightMSegmentationLib import user_folders


@pytest.fixture(autouse=True)
def a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("platform", "cache", "data"),
    [
        ("linux", "home/.cache/lightm-unet", "home/.local/share/lightm-unet"),
        ("darwin", "home/Library/Caches/lightm-unet", "home/Library/Application Support/LightMUNet"),
        ("win32", "home/AppData/Local/LightMUNet/Cache", "home/AppData/Local/LightMUNet"),
    ],
)
def test_each_system_has_its_places(monkeypatch: pytest.MonkeyPatch, platform: str, cache: str, data: str) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert user_folders.cache_folder() == Path(cache)
    assert user_folders.data_folder() == Path(data)


def test_the_environment_moves_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "elsewhere")
    assert user_folders.cache_folder() == Path("elsewhere/lightm-unet")
