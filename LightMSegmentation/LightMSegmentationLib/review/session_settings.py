"""What the gateway tells a session's process, on its standard input."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from LightMSegmentationLib.codec import from_json, to_json
from LightMSegmentationLib.inference.settings import SegmentationSettings


@dataclass(frozen=True)
class SessionSettings:
    """One reviewer's session; paths are absolute.

    ``secret`` has to come with every request, so that nobody reaches the process around the gateway. ``reviewer``
    identifies the browser. ``uploads`` is the folder where the gateway puts what the browser sends, ``autosaves`` the
    one where edits are kept. ``input`` is a scan, ``queue`` the output folder of a batch, whose scans lie in
    ``source``; None where not given.
    """

    secret: str
    reviewer: str
    uploads: str
    autosaves: str
    input: str | None = None
    series: str | None = None
    queue: str | None = None
    source: str | None = None
    segmentation: SegmentationSettings = field(default_factory=SegmentationSettings)

    def to_line(self) -> str:
        """Return the settings as one line of ASCII."""
        return json.dumps(to_json(self)) + "\n"

    @classmethod
    def of_line(cls, line: str) -> SessionSettings:
        """Read what `to_line` wrote."""
        return from_json(cls, json.loads(line), "session settings")
