"""``lightm doctor``: what this machine and this installation can do."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.cli.diagnosis import Diagnosis

_GIB = 1024**3


def add_parser(subparsers: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    """Add this command to the parser of ``lightm``."""
    parser = subparsers.add_parser(
        "doctor",
        parents=[common],
        help="check this installation",
        description=(
            "Show versions, devices, scan backends that really run, memory, disk and models. Exit code 4 means that"
            " nothing can be segmented here; the last line says why."
        ),
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the diagnosis; return 0 when segmenting works here, else 4."""
    from LightMSegmentationLib.cli.diagnosis import diagnose

    diagnosis = diagnose()
    if arguments.json:
        console.say_json(diagnosis.document)
    else:
        for line in _lines(diagnosis):
            console.say(line)
    return 4 if diagnosis.problems else 0


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    for name, version in diagnosis.versions.items():
        yield f"{name:<14} {version or 'not installed'}"
    for package in diagnosis.optional:
        yield f"{'optional':<14} {package.name} {package.version or 'is not installed'}: {package.purpose}"
    for device in diagnosis.devices:
        yield f"{'device':<14} {device.name}: {device.reason or 'works'}"
    for backend in diagnosis.backends:
        yield f"{'scan backend':<14} {backend.name}: {backend.reason or 'works'}"
    yield f"{'memory':<14} {diagnosis.memory_available / _GIB:.1f} GiB available of {diagnosis.memory_total / _GIB:.1f}"
    yield f"{'disk':<14} {diagnosis.disk_free / _GIB:.1f} GiB free in the current folder"
    for model in diagnosis.models:
        yield f"{'model':<14} {model.name}: {model.problem or 'weights verified'}"
    yield from diagnosis.problems or ("Ready to segment.",)
