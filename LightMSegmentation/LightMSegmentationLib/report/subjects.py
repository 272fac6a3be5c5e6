"""Whose scans cases are, and when they were made, without saying who and when."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from LightMSegmentationLib.batch.ledger import Entry


@dataclass(frozen=True)
class When:
    """The patient's label and the time of a scan: days since the patient's first scan, None where it is unknown.

    ``day_text`` is how the page shows the time, ``date`` is the day itself, only where identifiers are kept.
    """

    patient: str = ""
    day: int | None = None
    day_text: str = ""
    date: str = ""


def when_scanned(entries: Iterable[Entry], *, keep_identifiers: bool) -> dict[str, When]:
    """Return patient and time of every case, by its name; patients are numbered in the order of their first case."""
    ordered = sorted(entries, key=lambda entry: entry.outcome.number)
    patients = list(dict.fromkeys(entry.subject.patient for entry in ordered if entry.subject.patient))
    first = {
        patient: min(dates)
        for patient in patients
        if (dates := [day for entry in ordered if entry.subject.patient == patient and (day := _date(entry))])
    }
    return {
        entry.outcome.name: _when(entry, patients, first.get(entry.subject.patient), keep_identifiers=keep_identifiers)
        for entry in ordered
    }


def _when(entry: Entry, patients: list[str], first: datetime.date | None, *, keep_identifiers: bool) -> When:
    patient, date = entry.subject.patient, _date(entry)
    if not patient:
        return When(day_text=entry.subject.scan_date if keep_identifiers else "")
    label = patient if keep_identifiers else f"Patient {patients.index(patient) + 1}"
    if date is None or first is None:
        return When(label)
    day = (date - first).days
    return When(
        label, day, date.isoformat() if keep_identifiers else f"day {day}", date.isoformat() if keep_identifiers else ""
    )


def _date(entry: Entry) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(entry.subject.scan_date)
    except ValueError:
        return None
