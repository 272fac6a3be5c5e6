"""Programs for tests are installed where that is possible; elsewhere one is told what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from Testing.data.system_tools import system_tool
from tools import system_deps

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shell scripts stand in for programs")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system_deps, "_BESIDE_THE_PATH", ())
    return tmp_path


def add(folder: Path, name: str, script: str = "") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_root_gets_what_is_missing_and_what_can_not_be_had_keeps_nothing_else_away(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    add(programs, "chromium")
    add(programs, "apt-get", f'for last; do :; done; [ "$last" != orthanc ] && echo "$last" >> {programs}/asked')
    assert system_deps.install() == 0
    assert (programs / "asked").read_text().split() == ["-qq", "dicom3tools", "chromium-driver"]
    output = capfd.readouterr().out
    assert "apt-get could not install orthanc" in output
    assert "chromium       is here" in output
    assert "Orthanc        is missing (package orthanc)" in output


def test_others_are_told_the_command(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    add(programs, "apt-get", f"touch {programs}/asked")
    assert system_deps.install() == 0
    wanted = "Run: sudo apt-get install --no-install-recommends orthanc dicom3tools chromium chromium-driver"
    assert wanted in capsys.readouterr().out
    assert not (programs / "asked").exists()


@pytest.mark.usefixtures("programs")
def test_without_apt_one_is_told_what_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert system_deps.install() == 0
    assert "Tests that need Orthanc, dciodvfy, chromium, chromedriver are skipped" in capsys.readouterr().out


def test_only_what_is_here_is_required(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(programs, "dciodvfy")
    add(programs, "Orthanc")
    assert system_deps.tell_required() == 0
    assert capsys.readouterr().out == "Orthanc,dciodvfy\n"
    add(programs, "chromium")
    add(programs, "chromedriver")
    assert system_deps.tell_required() == 0
    assert capsys.readouterr().out == "all\n"


@pytest.mark.parametrize(
    ("required", "ends"), [("", "skip"), ("Orthanc", "skip"), ("a,dciodvfyx", "fail"), ("all", "fail")]
)
@pytest.mark.usefixtures("programs")
def test_a_missing_program_skips_a_test_unless_it_is_required(
    required: str, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTM_REQUIRE", required)
    outcome = {"skip": pytest.skip.Exception, "fail": pytest.fail.Exception}[ends]
    with pytest.raises(outcome, match="dciodvfyx is not installed; `make system-deps` brings it"):
        system_tool("dciodvfyx")
