"""The messages between a client and the worker: one JSON object a line, in ASCII, with its ``kind``.

A client sends requests and receives events. Jobs (`Segment`, `Probe`, `Batch`, `AddModel`) carry an ``id`` that their
events repeat; each job ends with exactly one of `Segmented`, `Probed`, `BatchFinished`, `ModelAdded` or `Failed`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, get_args

from LightMSegmentationLib.batch.outcome import BatchSummary, CaseOutcome
from LightMSegmentationLib.capabilities import Capabilities
from LightMSegmentationLib.codec import MalformedError, from_json, to_json
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.measurement.findings import Findings
from LightMSegmentationLib.model_manager.add import AddOptions
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.segment_role import LabeledSegment

PROTOCOL_VERSION = 2


@dataclass(frozen=True)
class Segment:
    """Segment the voxels in the file ``voxels`` of the private folder (k, j, i, on ``grid``), inside ``box`` if given.

    ``box`` is in voxels, k, j, i; it may reach over the edge.
    """

    kind: ClassVar[str] = "segment"
    id: int
    voxels: str
    grid: Grid
    settings: SegmentationSettings
    box: Box | None = None


@dataclass(frozen=True)
class Probe:
    """Import torch, run something small on the device, and tell what will really run."""

    kind: ClassVar[str] = "probe"
    id: int
    settings: SegmentationSettings


@dataclass(frozen=True)
class Batch:
    """Segment every CT found below the folder ``source`` into the folder ``target``.

    ``suffix`` is the form of the labels: ``.seg.nrrd``, ``.nii.gz``, ``.nrrd`` or ``.mha``. `batch.series_filter` reads
    ``series_rules``, which choose series.
    """

    kind: ClassVar[str] = "batch"
    id: int
    source: str
    target: str
    settings: SegmentationSettings
    suffix: str = ".seg.nrrd"
    series_rules: str = ""


@dataclass(frozen=True)
class AddModel:
    """Add what is at ``path`` to the user's models: converting a checkpoint needs torch, which a client may lack."""

    kind: ClassVar[str] = "add-model"
    id: int
    path: str
    options: AddOptions


@dataclass(frozen=True)
class Cancel:
    """Stop the job ``id`` at the next tile; it then ends with `Failed`, code ``cancelled``."""

    kind: ClassVar[str] = "cancel"
    id: int


@dataclass(frozen=True)
class Shutdown:
    """End the process after the running job."""

    kind: ClassVar[str] = "shutdown"


@dataclass(frozen=True)
class Hello:
    """The first event: who answers, the private folder for voxels, and installed versions (None: not installed)."""

    kind: ClassVar[str] = "hello"
    protocol: int
    pid: int
    folder: str
    python: str
    versions: dict[str, str | None]


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of ``stage``; ``fraction`` (0 to 1) of the whole job and its remaining seconds."""

    kind: ClassVar[str] = "progress"
    id: int
    stage: Stage
    done: int
    total: int
    fraction: float
    seconds_left: float | None


@dataclass(frozen=True)
class Segmented:
    """The end of a `Segment` job: label voxels (uint8, k, j, i, on the request's grid) in the file ``labels``.

    Without a liver, or whatever the model tells, ``labels`` and ``findings`` are None and ``no_liver_reasons`` says
    why. ``segments`` says what the labels are.
    """

    kind: ClassVar[str] = "segmented"
    id: int
    labels: str | None
    findings: Findings | None
    no_liver_reasons: tuple[str, ...]
    notes: tuple[str, ...]
    device: str
    backend: str
    model: str
    model_version: str
    timings: dict[str, float]
    weights_sha256: dict[str, str]
    segments: tuple[LabeledSegment, ...]
    volumes_ml: dict[str, float]


@dataclass(frozen=True)
class Probed:
    """The end of a `Probe` job."""

    kind: ClassVar[str] = "probed"
    id: int
    capabilities: Capabilities


@dataclass(frozen=True)
class BatchPlanned:
    """All cases that were found, each due or finished by an earlier run, and how much is none or meets no rule."""

    kind: ClassVar[str] = "batch-planned"
    id: int
    cases: tuple[CaseOutcome, ...]
    left_out: int = 0


@dataclass(frozen=True)
class CaseStarted:
    """A case of the batch is being worked on; `Progress` events are about it until it is finished."""

    kind: ClassVar[str] = "case-started"
    id: int
    name: str


@dataclass(frozen=True)
class CaseFinished:
    """A case of the batch ended; a failed one stops nothing."""

    kind: ClassVar[str] = "case-finished"
    id: int
    outcome: CaseOutcome


@dataclass(frozen=True)
class BatchFinished:
    """The end of a `Batch` job."""

    kind: ClassVar[str] = "batch-finished"
    id: int
    summary: BatchSummary


@dataclass(frozen=True)
class ModelAdded:
    """The end of an `AddModel` job: the model's name and the path of its card."""

    kind: ClassVar[str] = "model-added"
    id: int
    name: str
    card: str


@dataclass(frozen=True)
class Failed:
    """The end of a job that did not succeed: one sentence of cause, one of advice; ``details`` holds the traceback.

    ``code`` is that of a `LightMError`, or ``worker-crashed``. ``id`` is None when no job could be named.
    """

    kind: ClassVar[str] = "failed"
    id: int | None
    code: str
    stage: str | None
    cause: str
    advice: str
    details: str


@dataclass(frozen=True)
class Idle:
    """Nothing was asked for a long time: a client that has no job should close the worker's standard input."""

    kind: ClassVar[str] = "idle"


Request: TypeAlias = Segment | Probe | Batch | AddModel | Cancel | Shutdown
Event: TypeAlias = (
    Hello
    | Progress
    | Segmented
    | Probed
    | BatchPlanned
    | CaseStarted
    | CaseFinished
    | BatchFinished
    | ModelAdded
    | Failed
    | Idle
)

_REQUESTS = {message.kind: message for message in get_args(Request)}
_EVENTS = {message.kind: message for message in get_args(Event)}


def encode(message: Request | Event) -> bytes:
    """Return the message as one line of ASCII, with its line end."""
    return json.dumps({"kind": message.kind, **to_json(message)}, allow_nan=False).encode("ascii") + b"\n"


def read_json_object(line: str) -> dict[str, object] | None:
    """Return the JSON object in ``line``, or None when it is something else, as libraries print."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def decode_request(fields: dict[str, object]) -> Request:
    """Return the request that a client sent.

    Raises
    ------
    MalformedError
        When the kind is unknown or a field is missing, unknown or of another type.
    """
    return _decode(_REQUESTS, fields)


def decode_event(fields: dict[str, object]) -> Event:
    """Return the event that the worker sent; raises as `decode_request` does."""
    return _decode(_EVENTS, fields)


def _decode(kinds: dict[str, type], fields: dict[str, object]) -> Any:
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        message = f"unknown message kind {kind!r}"
        raise MalformedError(message)
    return from_json(kinds[kind], {name: value for name, value in fields.items() if name != "kind"}, kind)
