"""Rendering the page: one file with its style, script, pictures and drawings inside, and leave to load nothing."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
from typing import TYPE_CHECKING

from LightMSegmentationLib.report.card import shown_card
from LightMSegmentationLib.report.chart import follow_up_chart
from LightMSegmentationLib.report.follow_up import follow_ups
from LightMSegmentationLib.report.summary import summarize
from LightMSegmentationLib.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from LightMSegmentationLib.report.cases import ReportCase


def render_page(
    cases: Sequence[ReportCase], cards: dict[str, str], now: datetime.datetime, *, keep_identifiers: bool
) -> str:
    """Return the page about ``cases``; ``cards`` are the JSON texts of model cards by their hash."""
    from markupsafe import Markup

    folder = resource_path("Report")
    script = (folder / "page.js").read_text(encoding="utf-8")
    patients = follow_ups(cases)
    return _template().render(
        cases=cases,
        summary=summarize(cases),
        failures=[case for case in cases if case.state == "failed"],
        patients=[
            (patient, Markup(follow_up_chart(patient, f"chart{number}"))) for number, patient in enumerate(patients)
        ],
        cards=_shown_cards(cases, cards),
        versions=_versions(cases),
        made=now.strftime("%Y-%m-%d %H:%M"),
        keep_identifiers=keep_identifiers,
        style=Markup((folder / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
    )


@functools.cache
def _template() -> Template:
    """Return the compiled template; compiling it takes as long as all the rest of a small page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resource_path("Report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def _shown_cards(cases: Sequence[ReportCase], cards: dict[str, str]) -> list[object]:
    """Return the cards of the models that the finished cases were done with."""
    hashes = [case.model_hash for case in cases if case.outcome.state.is_finished and case.model_hash]
    return [shown_card(cards.get(key, ""), key, hashes.count(key)) for key in dict.fromkeys(hashes)]


def _versions(cases: Sequence[ReportCase]) -> list[tuple[str, str]]:
    """Return each package with the versions that the cases were done with."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        for name, version in (case.document.get("versions") or {}).items():
            if version:
                found.setdefault(name, {})[str(version)] = None
    return [(name, ", ".join(versions)) for name, versions in found.items()]
