"""Which build of torch to install: no machine without an NVIDIA GPU shall fetch gigabytes of CUDA packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.console import ProjectError, megabytes, say
from tools.environment import ROOT, Environment
from tools.packages import Package, plan, sizes

PYTORCH_CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
ACCEPT_CUDA = "LIGHTM_ACCEPT_CUDA"

# How many builds without "+cpu" in their version are looked into, newest first.
_LOOKED_INTO = 3

# What of the user's pip settings says how to reach a server; the rest says which server, and PyTorch's is named here.
_REACHING = ("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR")


@dataclass(frozen=True)
class Source:
    """A place where pip looks for torch: its name for people, pip's options, and pip's environment."""

    name: str
    options: tuple[str, ...] = ()
    variables: dict[str, str] | None = None


_CONFIGURED = Source("the places that pip is configured with")


def required_torch() -> str:
    """Return the project's requirement on torch, such as ``torch>=2.4``."""
    found = re.search(r'"(torch\b[^"]*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if found is None:
        msg = "pyproject.toml names no torch among its dependencies."
        raise ProjectError(msg)
    return found[1]


def has_nvidia_driver() -> bool:
    """Tell whether an NVIDIA driver runs on this machine."""
    if Path("/proc/driver/nvidia/version").exists():
        return True
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    answer = subprocess.run([program, "-L"], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and "GPU" in answer.stdout


def install_torch(environment: Environment) -> None:
    """Install torch, built for the CPU where no NVIDIA driver is found.

    Raises
    ------
    ProjectError
        When only CUDA builds can be had on a machine without an NVIDIA GPU, or none at all.
    """
    requirement = required_torch()
    if has_nvidia_driver() or os.environ.get(ACCEPT_CUDA):
        _install(environment, _CONFIGURED, requirement, what="with CUDA, a few GB in all")
    else:
        source, package = find_cpu_build(environment, requirement)
        _install(environment, source, requirement, f"torch=={package.version}", what=megabytes(package.size()))


def find_cpu_build(environment: Environment, requirement: str) -> tuple[Source, Package]:
    """Return the newest build of torch that needs no CUDA packages, and where pip gets it.

    Raises
    ------
    ProjectError
        When no source has one.
    """
    seen: list[Package] = []
    for source in _sources(environment):
        for version in _candidates(environment, source):
            package = _look_into(environment, source, requirement, version)
            if package is None:
                continue
            if not package.needs_cuda:
                return source, package
            seen.append(package)
    raise ProjectError(_no_cpu_build(requirement, seen))


def _sources(environment: Environment) -> Iterable[Source]:
    if sys.platform != "darwin":
        variables = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") or k in _REACHING}
        variables |= _reaching_settings(environment) | {"PIP_CONFIG_FILE": os.devnull}
        patience = ("--retries", "0", "--timeout", "10")
        yield Source("PyTorch's index of CPU builds", ("-i", PYTORCH_CPU_WHEELS, *patience), variables)
    yield _CONFIGURED


def _reaching_settings(environment: Environment) -> dict[str, str]:
    """Return the user's pip settings about certificates and proxies as variables for pip."""
    lines = re.findall(r"^global\.([\w-]+)='(.*)'$", environment.pip_output("config", "list") or "", re.MULTILINE)
    settings = {"PIP_" + key.upper().replace("-", "_"): value for key, value in lines}
    return {key: value for key, value in settings.items() if key in _REACHING}


def _candidates(environment: Environment, source: Source) -> Sequence[str]:
    answer = environment.pip_output("index", "versions", "torch", *source.options, variables=source.variables) or ""
    listed = re.search(r"^Available versions: (.*)$", answer, re.MULTILINE)
    versions = listed[1].split(", ") if listed else []
    plain = [version for version in versions if "+" not in version]
    return [version for version in versions if version.endswith("+cpu")][:_LOOKED_INTO] + plain[:_LOOKED_INTO]


def _look_into(environment: Environment, source: Source, requirement: str, version: str) -> Package | None:
    exact = (requirement, f"torch=={version}")
    alone = plan(environment, ("--no-deps", "--ignore-installed", *source.options, *exact), source.variables)
    return alone[0] if alone else None


def _install(environment: Environment, source: Source, *requirements: str, what: str) -> None:
    packages = plan(environment, (*source.options, *requirements), source.variables)
    if packages is None:
        msg = f"pip finds no way to install {requirements[-1]} from {source.name}."
        raise ProjectError(msg)
    say(f"Fetching {requirements[-1]} from {source.name}: {what}; {len(packages)} packages with what it needs.")
    environment.pip("install", "-qq", *source.options, *requirements, variables=source.variables)


def _no_cpu_build(requirement: str, seen: Sequence[Package]) -> str:
    if not seen:
        return (
            f"No build of {requirement} for Python {sys.version.split()[0]} on this machine can be found. "
            "Check the network and pip's settings, or use another Python between 3.10 and 3.13."
        )
    newest = seen[0]
    return (
        f"No CPU build of {requirement} can be reached, and this machine has no NVIDIA driver. The package index has "
        f"torch {newest.version} for CUDA ({megabytes(sum(sizes(seen[:1])))}), which pulls further CUDA packages of "
        "several GB in all. Nothing was fetched. Either make PyTorch's CPU builds reachable "
        f"({PYTORCH_CPU_WHEELS}), or put a CPU wheel of torch where pip finds it (PIP_FIND_LINKS), or accept the "
        f"CUDA packages by setting {ACCEPT_CUDA}=1."
    )
