"""The cases of a finished or interrupted batch as the page shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.batch.summary_table import SUMMARY_NAME
from LightMSegmentationLib.report.picture import embedded_pictures, picture_width
from LightMSegmentationLib.report.subjects import When, when_scanned

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.ledger import Entry
    from LightMSegmentationLib.batch.outcome import CaseOutcome

STATE_TITLES = {"done": "done", "no-liver": "no liver", "failed": "failed", "due": "waiting", "running": "interrupted"}


@dataclass(frozen=True)
class ReportCase:
    """One case: its outcome, who and when, the JSON report of what ran, and the picture as a data URI.

    ``title`` and ``message`` name files and patients only where identifiers are kept.
    """

    outcome: CaseOutcome
    model_hash: str
    when: When
    title: str
    message: str
    document: dict[str, Any]
    picture: str

    @property
    def number(self) -> int:
        """Number of the case."""
        return self.outcome.number

    @property
    def state(self) -> str:
        """The state as the ledger has it."""
        return self.outcome.state.value

    @property
    def state_title(self) -> str:
        """The state as people read it."""
        return STATE_TITLES[self.state]

    @property
    def lesions(self) -> list[dict[str, Any]]:
        """The lesions (number, volume_ml, largest_axial_diameter_mm, center_ras, confidence, low_confidence)."""
        return (self.document.get("findings") or {}).get("lesions") or []

    @property
    def largest_mm(self) -> float | None:
        """Diameter of the largest lesion."""
        return max((lesion["largest_axial_diameter_mm"] for lesion in self.lesions), default=None)

    @property
    def run_facts(self) -> list[tuple[str, str]]:
        """What ran on which scan, as names and values."""
        scan = self.document.get("scan") or {}
        facts = {
            "Voxels": " x ".join(map(str, scan.get("size", ()))),
            "Spacing": " x ".join(f"{step:g}" for step in scan.get("spacing_mm", ())) + " mm" if scan else "",
            "Mode": self.document.get("mode", ""),
            "Device": " / ".join(filter(None, (self.document.get("device"), self.document.get("backend")))),
            "Model": " ".join(self._model_names()),
            "Time": f"{self.outcome.seconds:.0f} s" if self.outcome.seconds else "",
        }
        return [(name, value) for name, value in facts.items() if value]

    def _model_names(self) -> list[str]:
        """Return name and version of the model; the name may be the path of a card, whose folders are left out."""
        model = self.document.get("model") or {}
        return [str(model[key]).replace("\\", "/").rpartition("/")[2] for key in ("name", "version") if model.get(key)]


def read_cases(target: Path, entries: dict[str, Entry], *, keep_identifiers: bool) -> list[ReportCase]:
    """Return the cases by number, with their reports and pictures from the output folder ``target``."""
    when = when_scanned(entries.values(), keep_identifiers=keep_identifiers)
    width = picture_width(sum(entry.outcome.preview is not None for entry in entries.values()))
    ordered = sorted(entries.items(), key=lambda item: (item[1].outcome.number, item[0]))
    previews = (entry.outcome.preview for _, entry in ordered)
    pictures = embedded_pictures([target / preview if preview else None for preview in previews], width)
    cases = []
    for (name, entry), picture in zip(ordered, pictures, strict=True):
        outcome = entry.outcome
        cases.append(
            ReportCase(
                outcome,
                entry.key.model_hash,
                when[name],
                name if keep_identifiers else f"Case {outcome.number}",
                outcome.message if keep_identifiers else _public_message(outcome),
                _document(target / outcome.report) if outcome.report else {},
                picture,
            )
        )
    return cases


def _public_message(outcome: CaseOutcome) -> str:
    """Return the message without names; cases of the first version of the ledger have none."""
    if outcome.message and not outcome.public_message:
        return f"The message of this case is in {SUMMARY_NAME}."
    return outcome.public_message


def _document(path: Path) -> dict[str, Any]:
    """Return the JSON report of a case; a page is better without one than not at all."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
