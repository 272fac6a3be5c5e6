"""``lightm review`` refuses what makes no sense before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.review.server import TOKEN_VARIABLE

from Testing.review.small_batch import write_small_batch

if TYPE_CHECKING:
    from pathlib import Path


def test_a_scan_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path / "scan.nii"), "--no-browser"]) == 3
    assert "does not exist" in capsys.readouterr().err


def test_a_scan_and_a_queue_at_once_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path), "--queue", str(tmp_path), "--no-browser"]) == 2
    assert "Give one of them" in capsys.readouterr().err


def test_a_training_list_needs_a_queue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--training-list", str(tmp_path)]) == 2
    assert "--queue" in capsys.readouterr().err


def test_a_folder_that_is_no_batch_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--queue", str(tmp_path), "--no-browser"]) == 3
    assert "no output folder of lightm batch" in capsys.readouterr().err


def test_the_output_of_a_batch_is_its_queue_also_without_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = write_small_batch(tmp_path)
    assert main(["review", str(target), "--training-list", str(tmp_path / "data")]) == 3
    assert "No case of this batch was accepted" in capsys.readouterr().err


def test_a_short_token_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "short")
    assert main(["review", "--no-browser", "--port", "0"]) == 2
    assert "less than 16 characters" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "70000", "http"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--port", port]) == 2
    assert "is no port" in capsys.readouterr().err
