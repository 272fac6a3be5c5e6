"""An engine without torch that follows a script, for tests of everything around the network in a real worker process.

The script is the model's name (``script:tiles=5,end=crash``), or the variable ``LIGHTM_SCRIPT`` for any other model:

- ``tiles``: how many tiles are reported, ``pace``: seconds each of them takes;
- ``deaf=1``: cancelling is not noticed, as inside a long computation;
- ``noise=1``: prints to standard output, as libraries do;
- ``child=1``: starts a child process that never ends, and logs ``child PID``;
- ``end``: ``done`` (voxels of 80..200 HU are liver, 30..79 HU inside its bounding box tumor), ``organs`` (the first are
  called left kidney, the second something without a code, and there is no liver), ``no-liver``, ``crash``
  (exit code 23), ``kill`` (SIGKILL), ``hang``, ``out-of-memory``, ``no-torch``, ``unusable``, ``defect``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from LightMSegmentationLib.capabilities import BackendStatus, Capabilities
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.inference.result import LIVER, TUMOR, SegmentationResult
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.measurement.volumes import segment_volumes
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.progress import Monitor

PREFIX = "script:"
LIVER_HU = (80, 200)
TUMOR_HU = (30, 80)
SURE_VOXELS = 20


@dataclass(frozen=True)
class Script:
    """What a run does."""

    tiles: int = 4
    pace: float = 0.0
    deaf: int = 0
    noise: int = 0
    child: int = 0
    end: str = "done"

    @classmethod
    def of(cls, settings: SegmentationSettings) -> Script:
        """Read the script of a run."""
        named = settings.model.startswith(PREFIX)
        text = settings.model.removeprefix(PREFIX) if named else os.environ.get("LIGHTM_SCRIPT", "")
        given = dict(part.split("=") for part in text.split(",") if part)
        kinds = {field.name: type(field.default) for field in fields(cls)}
        return cls(**{name: kinds[name](value) for name, value in given.items()})


class ScriptedEngine:
    """Follows the script of each run."""

    def segment(self, volume: Volume, settings: SegmentationSettings, monitor: Monitor) -> SegmentationResult:
        """Report tiles, then end as the script says."""
        script = Script.of(settings)
        _make_noise(script)
        _take_tiles(script, monitor)
        _ENDS.get(script.end, lambda: None)()
        if script.end == "organs":
            return organs(volume, settings)
        reasons = ("The scripted engine was told to find none.",) if script.end == "no-liver" else ()
        labels = None if reasons else threshold(volume)
        findings = measure(labels, scripted_confidence) if labels else None
        return SegmentationResult(
            labels, findings, reasons, (), "cpu", "scripted", settings.model, "0", {"locate": 0.5}, {"coarse": "5c21"},
            volumes_ml=segment_volumes(labels, LIVER_AND_TUMOR) if labels else {},
        )  # fmt: skip

    def probe(self, settings: SegmentationSettings) -> Capabilities:
        """Tell what a machine without torch could."""
        _ENDS.get(Script.of(settings).end, lambda: None)()
        return Capabilities("cpu", "cpu", "scripted", (BackendStatus("scripted", True, "always works"),), 1, "0")

    def model_hash(self, settings: SegmentationSettings) -> str:
        """Return the script: another one is another model."""
        return settings.model


def organs(volume: Volume, settings: SegmentationSettings) -> SegmentationResult:
    """Return what a model of other organs finds: thresholds under other names."""
    labels, segments = threshold(volume), segments_of({"background": 0, "left kidney": 1, "mass": 2, "liver": 3})
    return SegmentationResult(
        labels, None, (), (), "cpu", "scripted", settings.model, "0", {"delineate": 0.5}, {"organs": "5c21"},
        segments, segment_volumes(labels, segments),
    )  # fmt: skip


def scripted_confidence(mask: np.ndarray, _grid: Grid) -> float:
    """Be sure of large lesions."""
    return 0.875 if np.count_nonzero(mask) >= SURE_VOXELS else 0.25


def threshold(volume: Volume) -> Volume:
    """Return liver and tumor by their HU alone."""
    labels = np.zeros(volume.grid.shape, np.uint8)
    liver = (volume.array >= LIVER_HU[0]) & (volume.array <= LIVER_HU[1])
    if liver.any():
        bounds = tuple(slice(axis.min(), axis.max() + 1) for axis in np.nonzero(liver))
        inside = volume.array[bounds]
        labels[bounds][(inside >= TUMOR_HU[0]) & (inside < TUMOR_HU[1])] = TUMOR
        labels[liver] = LIVER
    return Volume(labels, volume.grid)


def _make_noise(script: Script) -> None:
    if script.noise:
        print("a library greets")  # noqa: T201 - that is the point
        os.write(1, b"native code greets: \xff\n")
    if script.child:
        child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        print(f"child {child.pid}", file=sys.stderr)  # noqa: T201


def _take_tiles(script: Script, monitor: Monitor) -> None:
    clock = threading.Event()
    monitor.report(Stage.LOCATE, 0, script.tiles)
    for tile in range(script.tiles):
        clock.wait(script.pace)
        if not script.deaf:
            monitor.report(Stage.LOCATE, tile + 1, script.tiles)


def _hang() -> None:
    threading.Event().wait()


def _run_out_of_memory() -> None:
    message = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8000000000000 bytes."
    raise RuntimeError(message)


def _miss_torch() -> None:
    message = "No module named 'torch'"
    raise ModuleNotFoundError(message, name="torch")


def _refuse() -> None:
    cause = "This is no CT."
    raise UnusableInputError(cause, "Choose a CT.")


def _break() -> None:
    message = "list index out of range"
    raise IndexError(message)


_ENDS = {
    "crash": lambda: os._exit(23),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": _hang,
    "out-of-memory": _run_out_of_memory,
    "no-torch": _miss_torch,
    "unusable": _refuse,
    "defect": _break,
}
