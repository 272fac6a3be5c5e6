"""Rules choose series by description, phase, slice thickness and size."""

from __future__ import annotations

from pathlib import Path

import pytest
from LightMSegmentationLib.batch.case import Case, Discovery
from LightMSegmentationLib.batch.series_facts import Phase, SeriesFacts, iso_date, phase_of
from LightMSegmentationLib.batch.series_filter import parse_series_filter
from LightMSegmentationLib.errors import UsageError

SERIES = {
    "scout": SeriesFacts("Topogram", None, 2, None, "1"),
    "native": SeriesFacts("Abdomen nativ 5.0", Phase.NATIVE, 60, 5.0, "1"),
    "art": SeriesFacts("Abdomen ART 1.5 B30f", Phase.ARTERIAL, 200, 1.5, "1"),
    "portal": SeriesFacts("Abdomen portal venous 3.0 B30f", Phase.PORTAL, 100, 3.0, "1"),
    "thin": SeriesFacts("Abdomen portal venous 1.0 BONE", Phase.PORTAL, 300, 1.0, "1"),
    "later": SeriesFacts("Follow-up portal 2.5", Phase.PORTAL, 120, 2.5, "2"),
}


def chosen(*rules: str) -> set[str]:
    cases = tuple(Case(name, Path(name), "1", (), facts=facts) for name, facts in SERIES.items())
    return {case.name for case in parse_series_filter(rules).chosen(Discovery(cases, ())).cases}


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("description=b30f", {"art", "portal"}),
        ("description=abdomen*b30?", {"art", "portal"}),
        ("description=bone|topogram", {"scout", "thin"}),
        ("description!=abdomen|topo", {"later"}),
        ("phase=portal", {"portal", "thin", "later"}),
        ("phase=arterial|native", {"art", "native"}),
        ("thickness=1-2.5", {"art", "thin", "later"}),
        ("thickness=-1.5", {"art", "thin"}),
        ("thickness=3-", {"native", "portal"}),
        ("thickness=5", {"native"}),
        ("largest", {"thin", "later"}),
        ("phase=portal,thickness=2-4,largest", {"portal", "later"}),
        ("", set(SERIES)),
    ],
)
def test_a_rule_chooses(rule: str, names: set[str]) -> None:
    assert chosen(rule) == names


def test_rules_of_several_options_all_have_to_be_met() -> None:
    assert chosen("phase=portal", "description!=bone", "largest") == {"portal", "later"}


def test_what_is_left_out_says_why() -> None:
    cases = tuple(Case(name, Path(name), "1", (), facts=facts) for name, facts in SERIES.items())
    found = parse_series_filter(["phase=portal,thickness=-3,description!=bone,largest"]).chosen(Discovery(cases, ()))
    assert {part.name: part.reason for part in found.skipped} == {
        "scout": "names no phase, not portal",
        "native": "is native, not portal",
        "art": "is arterial, not portal",
        "thin": "is described as bone",
    }


@pytest.mark.parametrize(
    "rule",
    ["phase=venous", "thickness=thin", "thickness=5-1", "thickness=-", "smallest", "description=", "largest=yes"],
)
def test_a_rule_that_is_none_is_a_usage_error_that_lists_the_rules(rule: str) -> None:
    with pytest.raises(UsageError, match=r"no rule to choose series.*thickness=MIN-MAX"):
        parse_series_filter([rule])


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("ABDOMEN LATE ARTERIAL", Phase.ARTERIAL),
        ("Leber_ap_1.5", Phase.ARTERIAL),
        ("portalvenös 3.0", Phase.PORTAL),
        ("A/P PV", Phase.PORTAL),
        ("w/o: non-contrast", Phase.NATIVE),
        ("5 min delayed", Phase.DELAYED),
        ("Abdomen lateral", None),
        ("Capsule", None),
    ],
)
def test_phases_are_told_by_words(text: str, phase: Phase | None) -> None:
    assert phase_of(text) is phase


@pytest.mark.parametrize(
    ("text", "date"), [("20240229", "2024-02-29"), ("2024.01.31", "2024-01-31"), ("20241301", ""), ("", "")]
)
def test_dates_of_headers_become_iso_dates(text: str, date: str) -> None:
    assert iso_date(text) == date
