"""What was done for a study, remembered beside its results."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import atomic_path

if TYPE_CHECKING:
    from pathlib import Path

RECORD_NAME = "lightm-node.json"


@dataclass(frozen=True)
class StudyRecord:
    """The stamp of the files that were segmented (empty: not finished), and the digest and receiver of what was sent.

    ``sent`` maps each segmentation, relative to the results, to its digest and the node that has it, or to "".
    """

    stamp: str = ""
    sent: dict[str, str] = field(default_factory=dict)


def read_record(results: Path) -> StudyRecord:
    """Return the record in the results of a study; an empty one when there is none or it is damaged."""
    try:
        document = json.loads((results / RECORD_NAME).read_text(encoding="utf-8"))
        return StudyRecord(str(document["stamp"]), {str(name): str(what) for name, what in document["sent"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return StudyRecord()


def write_record(results: Path, record: StudyRecord) -> None:
    """Replace the record in the results of a study."""
    with atomic_path(results / RECORD_NAME) as temporary:
        temporary.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
