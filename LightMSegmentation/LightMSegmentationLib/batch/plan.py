"""Which cases of an input are due, and the number of each; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_writer import check_suffix
from LightMSegmentationLib.batch.discover import discover
from LightMSegmentationLib.batch.fingerprint import content_hash_of, stamp_of
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from LightMSegmentationLib.batch.case import Case, Skipped
    from LightMSegmentationLib.batch.ledger import Entry
    from LightMSegmentationLib.batch.order import BatchOrder


@dataclass(frozen=True)
class PlannedCase:
    """A case with its number, and how it stands: due, or finished by an earlier run."""

    case: Case
    outcome: CaseOutcome
    was_killed: bool = False
    """Whether an earlier run ended in the middle of it."""


@dataclass(frozen=True)
class Plan:
    """All cases, ordered by name, and what is none."""

    cases: tuple[PlannedCase, ...]
    skipped: tuple[Skipped, ...]

    @property
    def due(self) -> list[PlannedCase]:
        """The cases to do; one in which an earlier run was killed comes last, since it may be what killed it."""
        due = [planned for planned in self.cases if not planned.outcome.state.is_finished]
        return sorted(due, key=lambda planned: planned.was_killed)


def check_order(order: BatchOrder) -> None:
    """Make sure that an order can be carried out.

    Raises
    ------
    UsageError
        When outputs would lie among the inputs, or there is no such form of output.
    ModelError
        When packages for the form are missing.
    """
    source, target = order.source.resolve(), order.target.resolve()
    if target == source or target in source.parents:
        cause = "The output folder holds the input folder, so that results could replace scans."
        raise UsageError(cause, "Choose another output folder, or one inside the input folder.")
    check_suffix(order.suffix)


def dry_run(order: BatchOrder) -> Plan:
    """Return what a batch would do, without writing anything.

    Raises
    ------
    LightMError
        As the batch itself would before its first case.
    """
    check_order(order)
    path = order.target / LEDGER_NAME
    if not path.is_file():
        return make_plan(order, {})
    with Ledger(path) as ledger:
        return make_plan(order, ledger.entries())


def make_plan(order: BatchOrder, known: Mapping[str, Entry]) -> Plan:
    """Find the cases of an order and compare them with what the ledger knows; a case keeps its number for good."""
    found = order.series_filter.chosen(discover(order.source, order.target))
    last = max((entry.outcome.number for entry in known.values()), default=0)
    planned = []
    for case in found.cases:
        entry = known.get(case.name)
        if entry is None:
            last += 1
        planned.append(_planned(order, case, entry.outcome.number if entry else last, entry))
    return Plan(tuple(planned), found.skipped)


def _planned(order: BatchOrder, case: Case, number: int, entry: Entry | None) -> PlannedCase:
    if entry is not None and entry.outcome.state.is_finished and is_current(order, case, entry):
        return PlannedCase(case, entry.outcome)
    was_killed = entry is not None and entry.outcome.state is CaseState.RUNNING
    return PlannedCase(case, CaseOutcome(case.name, CaseState.DUE, number=number), was_killed)


def is_current(order: BatchOrder, case: Case, entry: Entry) -> bool:
    """Tell whether a finished case is what ``order`` asks for, and all of its files are there."""
    key = entry.key
    if (key.model_hash, key.settings) != (order.model_hash, order.settings_key):
        return False
    if not all((order.target / name).is_file() for name in entry.outcome.files):
        return False
    return key.source_stamp == stamp_of(case.files) or key.source_hash == content_hash_of(case.files)
