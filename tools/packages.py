"""What pip would install: asked before anything large is fetched."""

from __future__ import annotations

import json
import platform
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.environment import Environment

_CUDA_PACKAGE = re.compile(r"^(nvidia|cuda|triton|pytorch[-_]triton)([-_]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Package:
    """One file that pip would fetch: its name, version, address, and the names of what it requires on this machine."""

    name: str
    version: str
    url: str
    requires: tuple[str, ...]

    @property
    def needs_cuda(self) -> bool:
        """Whether this is a part of NVIDIA's CUDA or asks for one."""
        return any(_CUDA_PACKAGE.match(name) for name in (self.name, *self.requires))

    def size(self) -> int:
        """Return the size of the file in bytes, 0 where its server does not say."""
        address = urllib.parse.urlsplit(self.url)
        if address.scheme == "file":
            path = Path(urllib.request.url2pathname(address.path))
            return path.stat().st_size if path.is_file() else 0
        try:
            request = urllib.request.Request(self.url, method="HEAD")
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.headers.get("Content-Length") or 0)
        except (urllib.error.URLError, OSError, ValueError):
            return 0


def plan(
    environment: Environment, arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> list[Package] | None:
    """Return what ``pip install`` with these arguments would fetch, or ``None`` when pip finds no way."""
    report = environment.pip_output(
        "install", "--dry-run", "--quiet", "--report", "-", *arguments, variables=variables
    )
    if report is None:
        return None
    return [_package(entry) for entry in json.loads(report)["install"]]


def sizes(packages: Sequence[Package]) -> list[int]:
    """Return the size of each package in bytes, asking their servers at the same time."""
    with ThreadPoolExecutor(max_workers=16) as workers:
        return list(workers.map(Package.size, packages))


def _package(entry: dict) -> Package:
    metadata = entry["metadata"]
    requires = [_required_name(text) for text in metadata.get("requires_dist", []) if _applies(text)]
    return Package(metadata["name"], metadata["version"], entry["download_info"]["url"], tuple(requires))


def _required_name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]


def _applies(requirement: str) -> bool:
    """Tell whether a requirement is for this machine, as far as its marker names a platform."""
    marker = requirement.partition(";")[2]
    here = {
        "platform_system": platform.system(),
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
    }
    named = re.findall(r"(\w+) == ['\"]([^'\"]*)['\"]", marker)
    return all(here.get(key, value) == value for key, value in named if key != "extra") and "extra ==" not in marker
