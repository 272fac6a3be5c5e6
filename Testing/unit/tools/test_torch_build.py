"""Choosing a build of torch: the real pip chooses among tiny packages in a folder; no network is used."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from Testing.unit.tools.small_wheels import put_wheel
from tools import torch_build
from tools.console import ProjectError
from tools.environment import Environment
from tools.torch_build import find_cpu_build

CUDA_HERE = (f'nvidia-cublas==12.4; platform_system == "{platform.system()}"',)
CUDA_ELSEWHERE = ('nvidia-cublas==12.4; platform_system == "Solaris"',)
WANTED = "torch>=2.4"


@pytest.fixture
def environment() -> Environment:
    """Return the environment that runs this test; it is asked, never changed."""
    return Environment(Path(sys.prefix))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder where pip finds packages in this test."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(torch_build, "PYTORCH_CPU_WHEELS", (tmp_path / "no such index").as_uri())
    return folder


def test_takes_the_newest_build_that_needs_no_cuda_here(environment: Environment, wheels: Path) -> None:
    put_wheel(wheels, "torch", "2.9", CUDA_HERE)
    put_wheel(wheels, "torch", "2.8", CUDA_ELSEWHERE)
    put_wheel(wheels, "torch", "2.7")

    _, package = find_cpu_build(environment, WANTED)

    assert package.version == "2.8"


def test_takes_a_build_that_says_cpu_behind_newer_ones_for_cuda(environment: Environment, wheels: Path) -> None:
    for minor in range(5, 12):
        put_wheel(wheels, "torch", f"2.{minor}", CUDA_HERE)
    put_wheel(wheels, "torch", "2.5+cpu")

    _, package = find_cpu_build(environment, WANTED)

    assert package.version == "2.5+cpu"


def test_prefers_pytorchs_own_index_where_it_can_be_reached(
    environment: Environment, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_wheel(wheels, "torch", "2.9")
    wheel = put_wheel(tmp_path / "whl" / "cpu" / "torch", "torch", "2.6+cpu")
    (wheel.parent / "index.html").write_text(f'<a href="{wheel.name.replace("+", "%2B")}">{wheel.name}</a>')
    monkeypatch.setattr(torch_build, "PYTORCH_CPU_WHEELS", (tmp_path / "whl" / "cpu").as_uri())

    source, package = find_cpu_build(environment, WANTED)

    assert package.version == "2.6+cpu"
    assert "PyTorch" in source.name


def test_never_takes_a_version_outside_the_projects_range(environment: Environment, wheels: Path) -> None:
    put_wheel(wheels, "torch", "2.3+cpu")

    with pytest.raises(ProjectError, match=r"No build of torch>=2\.4"):
        find_cpu_build(environment, WANTED)


def test_stops_with_advice_when_only_cuda_builds_can_be_had(environment: Environment, wheels: Path) -> None:
    put_wheel(wheels, "torch", "2.9", CUDA_HERE)

    with pytest.raises(ProjectError, match=r"torch 2\.9 for CUDA.*LIGHTM_ACCEPT_CUDA=1"):
        find_cpu_build(environment, WANTED)


def test_the_projects_torch_is_a_range_without_an_upper_bound() -> None:
    assert torch_build.required_torch() == WANTED
