"""Writing the page about a batch and its table into the output folder."""

from __future__ import annotations

import datetime
import importlib.util
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from LightMSegmentationLib.errors import ModelError, UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.report.cases import read_cases
from LightMSegmentationLib.report.table import write_case_table

if TYPE_CHECKING:
    from pathlib import Path

PAGE_NAME = "lightm-report.html"
TABLE_NAME = "lightm-report.csv"

_PACKAGES = ("jinja2", "matplotlib")


def missing_packages() -> list[str]:
    """Return the packages that the page needs and that are not installed; none of them is imported."""
    return [name for name in _PACKAGES if importlib.util.find_spec(name) is None]


def write_batch_report(target: Path, *, keep_identifiers: bool) -> Path:
    """Write page and table about the batch in ``target`` and return the path of the page.

    Raises
    ------
    UnusableInputError
        When the folder holds no batch, or can't be written.
    ModelError
        When a package is missing.
    """
    if missing := missing_packages():
        cause = f"The report needs Python packages that are not installed: {', '.join(missing)}."
        raise ModelError(cause, 'Install them with: pip install "lightm-segmentation[report]"')
    path = target / LEDGER_NAME
    if not path.is_file():
        cause = f"{target} holds no batch."
        raise UnusableInputError(cause, "Give the output folder of lightm batch.")
    with Ledger(path) as ledger:
        entries, cards = ledger.entries(), ledger.cards()
    from LightMSegmentationLib.report.page import render_page

    cases = read_cases(target, entries, keep_identifiers=keep_identifiers)
    now = datetime.datetime.now(tz=datetime.timezone.utc).astimezone()
    page = render_page(cases, cards, now, keep_identifiers=keep_identifiers)
    with atomic_path(target / PAGE_NAME) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace")
    write_case_table(cases, target / TABLE_NAME)
    return target / PAGE_NAME
