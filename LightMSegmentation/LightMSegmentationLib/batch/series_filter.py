"""Choosing series by rules, such as ``phase=portal,thickness=1-5,largest``."""

from __future__ import annotations

import fnmatch
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case import Discovery, Skipped
from LightMSegmentationLib.batch.series_facts import Phase
from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.batch.series_facts import SeriesFacts

SYNTAX = (
    "description=TEXT, description!=TEXT (* and ? stand for anything, | for or), phase=NAME, thickness=MIN-MAX (mm),"
    " largest"
)

_PHASES = {phase.value for phase in Phase}


@dataclass(frozen=True)
class SeriesFilter:
    """Rules that a series has to meet, all of them; without rules every series does.

    Each tuple holds alternatives. ``thickness_mm`` is the allowed range, ends included. ``largest`` keeps, of what is
    left, the series with most slices of each study.
    """

    descriptions: tuple[tuple[str, ...], ...] = ()
    unwanted: tuple[tuple[str, ...], ...] = ()
    phases: tuple[tuple[str, ...], ...] = ()
    thickness_mm: tuple[float, float] = (0.0, math.inf)
    largest: bool = False

    def objection(self, facts: SeriesFacts) -> str:
        """Return why a series is left out, completing "it ...", or nothing when it meets the rules."""
        text = facts.description.casefold()
        for patterns in self.descriptions:
            if not _matches(text, patterns):
                return f"is not described as {' or '.join(patterns)}"
        for patterns in self.unwanted:
            if _matches(text, patterns):
                return f"is described as {' or '.join(patterns)}"
        for phases in self.phases:
            if facts.phase is None or facts.phase.value not in phases:
                found = f"is {facts.phase.value}" if facts.phase else "names no phase"
                return f"{found}, not {' or '.join(phases)}"
        return self._thickness_objection(facts.thickness_mm)

    def chosen(self, found: Discovery) -> Discovery:
        """Return the cases that meet the rules; the others are skipped with their reason."""
        objections = {case.name: self.objection(case.facts) for case in found.cases}
        if self.largest:
            _object_to_smaller(found.cases, objections)
        kept = tuple(case for case in found.cases if not objections[case.name])
        left_out = (Skipped(case.name, objections[case.name]) for case in found.cases if objections[case.name])
        return Discovery(kept, tuple(sorted((*found.skipped, *left_out), key=lambda skipped: skipped.name)))

    def _thickness_objection(self, thickness: float | None) -> str:
        lowest, highest = self.thickness_mm
        if (lowest, highest) == (0.0, math.inf):
            return ""
        if thickness is None:
            return "does not tell its slice thickness"
        if lowest - 1e-6 <= thickness <= highest + 1e-6:
            return ""
        return f"has slices of {thickness:g} mm"


def parse_series_filter(texts: Sequence[str]) -> SeriesFilter:
    """Return the filter that rules describe; each text holds one or several with commas between them.

    Raises
    ------
    UsageError
        When a rule is none.
    """
    rules = [rule.strip() for text in texts for rule in text.split(",") if rule.strip()]
    named: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for rule in rules:
        key, value = _parsed(rule)
        named[key].append(value)
    thickness = [ends for value in named["thickness"] if (ends := _range(value[0]))]
    return SeriesFilter(
        tuple(named["description"]),
        tuple(named["description!"]),
        tuple(named["phase"]),
        (max((low for low, _ in thickness), default=0.0), min((high for _, high in thickness), default=math.inf)),
        "largest" in named,
    )


def _parsed(rule: str) -> tuple[str, tuple[str, ...]]:
    """Return name and alternatives of a rule."""
    if rule.lower() == "largest":
        return "largest", ()
    key, equals, value = rule.partition("=")
    key = key.strip().lower()
    alternatives = tuple(part.strip().casefold() for part in value.split("|") if part.strip())
    fits = {
        "description": bool(alternatives),
        "description!": bool(alternatives),
        "phase": bool(alternatives) and set(alternatives) <= _PHASES,
        "thickness": len(alternatives) == 1 and _range(alternatives[0]) is not None,
    }
    if not equals or not fits.get(key, False):
        cause = f"'{rule}' is no rule to choose series."
        phases = ", ".join(sorted(_PHASES))
        raise UsageError(cause, f"Rules are {SYNTAX}; phases are {phases}.")
    return key, alternatives


def _range(text: str) -> tuple[float, float] | None:
    """Return the ends of "1-5", "-5", "1-" or "5" (mm), None when it is no range."""
    number = r"(\d+(?:\.\d+)?)"
    if exact := re.fullmatch(number, text):
        return float(exact[1]), float(exact[1])
    ends = re.fullmatch(rf"{number}?\s*-\s*{number}?", text)
    if ends is None or not any(ends.groups()):
        return None
    low, high = ends.groups()
    found = float(low or 0.0), float(high or math.inf)
    return found if found[0] <= found[1] else None


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(text, f"*{pattern}*") for pattern in patterns)


def _object_to_smaller(cases: Sequence[Case], objections: dict[str, str]) -> None:
    """Object to every acceptable case but the one with most slices of each study, the first by name among equals."""
    largest: dict[str, Case] = {}
    acceptable = [case for case in cases if not objections[case.name]]
    for case in acceptable:
        study = case.facts.study or case.name
        best = largest.setdefault(study, case)
        if (case.facts.slices or 0) > (best.facts.slices or 0):
            largest[study] = case
    for case in acceptable:
        best = largest[case.facts.study or case.name]
        if case is not best:
            objections[case.name] = f"has fewer slices than another series of its study ({best.facts.slices})"
