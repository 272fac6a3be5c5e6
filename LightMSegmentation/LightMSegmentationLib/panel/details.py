"""Text for the clipboard: enough to report a problem, and nothing about the patient."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import slicer

import LightMSegmentationLib
from LightMSegmentationLib.measurement.volumes import named_volumes

if TYPE_CHECKING:
    from LightMSegmentationLib.capabilities import BackendStatus, Capabilities
    from LightMSegmentationLib.errors import LightMError
    from LightMSegmentationLib.panel.environment import PackageStatus
    from LightMSegmentationLib.panel.outcome import SegmentationOutcome


def copyToClipboard(text: str) -> None:
    """Put ``text`` on the clipboard."""
    slicer.app.clipboard().setText(text)


def errorDetails(error: LightMError, log: Iterable[str]) -> str:
    """Return cause, advice, versions, traceback and what the worker printed last."""
    lines = [f"code: {error.code}", f"cause: {error.cause}", f"advice: {error.advice}", *_versions()]
    if error.__cause__ is not None:
        lines += ["details:", str(error.__cause__).strip()]
    return "\n".join([*lines, "log:", *log])


def outcomeDetails(outcome: SegmentationOutcome) -> str:
    """Return findings, what really ran, and the time of each stage."""
    lines = [
        f"model: {outcome.model} {outcome.modelVersion}",
        f"device: {outcome.device}, scan backend: {outcome.backend}",
        f"seconds: {outcome.seconds:.1f}",
        *(f"  {stage}: {seconds:.1f}" for stage, seconds in outcome.timings.items()),
        *(f"note: {note}" for note in outcome.notes),
        *(f"not found: {reason}" for reason in outcome.noLiverReasons),
        *(f"{name}: {volume:.1f} mL" for name, volume in named_volumes(outcome.segments, outcome.volumesMl).items()),
    ]
    if outcome.findings is not None:
        found = outcome.findings
        lines += [
            f"lesion {lesion.number}: {lesion.volume_ml:.2f} mL, {lesion.largest_axial_diameter_mm:.1f} mm"
            + ("" if lesion.confidence is None else f", confidence {lesion.confidence:.2f}")
            for lesion in found.lesions
        ]
    return "\n".join([*lines, *_versions()])


def environmentDetails(statuses: Sequence[PackageStatus], capabilities: Capabilities | None) -> str:
    """Return versions and, after a check, what really runs."""
    lines = [*_versions(), *(f"{status.requirement}: {status.installed or 'not installed'}" for status in statuses)]
    if capabilities is not None:
        lines += [
            f"device: {capabilities.device} ({capabilities.device_name}), threads: {capabilities.threads}",
            f"torch: {capabilities.torch_version}, scan backend: {capabilities.backend}",
            *(f"backend {_backendText(backend)}" for backend in capabilities.backends),
            *(f"note: {note}" for note in capabilities.notes),
        ]
    return "\n".join(lines)


def _backendText(backend: BackendStatus) -> str:
    state = "works" if backend.works else "does not work"
    return ", ".join(part for part in (f"{backend.name}: {state}", backend.detail) if part)


def _versions() -> list[str]:
    return [
        f"LightMUNet: {LightMSegmentationLib.__version__}",
        f"Slicer: {slicer.app.applicationVersion}",
        f"Python: {sys.version.split()[0]}",
        f"system: {platform.platform()}",
    ]
