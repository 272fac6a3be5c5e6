"""The details of an unexpected failure are kept without names of patients."""

from __future__ import annotations

from pathlib import Path

import pytest
from LightMSegmentationLib.cli.error_log import write_error_log


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("cache")
def test_the_log_holds_error_and_versions_but_no_name_of_the_command_line() -> None:
    source = Path("hospital/DOE_JOHN.nii.gz")
    error = RuntimeError(f"can't handle {source.absolute()}, DOE_JOHN")
    log = write_error_log(error, ["segment", str(source), "-o", "DOE_JOHN.mha"])
    assert log is not None
    text = log.read_text(encoding="utf-8")
    assert "RuntimeError: can't handle <argument>" in text
    assert "numpy: " in text
    assert "DOE" not in text


def test_where_nothing_can_be_written_there_is_no_log(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "file").touch()
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(cache / "file"))
    assert write_error_log(RuntimeError(), []) is None
