"""Cross-validation: which of the training patients with tumor labels a run leaves out.

Everybody else (patients whose tumors nobody labeled) is trained on in every fold. A run that holds all of the former
out, ``1/1``, is what the folds may all start from: it spares each of them the time to learn what a liver is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.cases import EXPERT_TUMORS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from LightMSegmentationLib.training.archive import Archive

HELD_OUT = "held-out"
_EVERYBODY = 1


class _Labeled(Protocol):
    """What packed and unpacked cases have in common."""

    @property
    def patient(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def labels(self) -> str: ...


AnyCase = TypeVar("AnyCase", bound=_Labeled)


@dataclass(frozen=True)
class Fold:
    """The ``number``-th of ``count`` folds, counted from 1; the only one of 1 holds everybody out."""

    number: int
    count: int

    @classmethod
    def of_text(cls, text: str) -> Fold:
        """Read a fold as people write it, ``2/5``.

        Raises
        ------
        UsageError
            When the text is no fold.
        """
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            cause = f"'{text}' is no fold of a cross-validation."
            raise UsageError(cause, "Write the fold and the number of folds, such as 2/5.")
        return cls(int(number), int(count))

    @property
    def suffix(self) -> str:
        """What names of this fold's runs end in."""
        return f"-fold{self.number}of{self.count}"

    def earlier_run(self, name: str) -> str:
        """Return the run that this fold's run may start from: ``name`` if it held everybody out, or the fold's own."""
        return name if name.endswith(Fold(1, _EVERYBODY).suffix) else f"{name}{self.suffix}"

    def held_out(self, cases: Iterable[AnyCase]) -> list[AnyCase]:
        """Return the training cases with tumor labels of the patients whom this fold leaves out.

        Patients are dealt out in the order of a hash of their names: the same patients always, whatever the order of
        the cases, and no source goes to one fold because of its names.
        """
        labeled = [case for case in cases if case.split == "train" and case.labels == EXPERT_TUMORS]
        patients = sorted({case.patient for case in labeled}, key=_shuffled)
        mine = set(patients[self.number - 1 :: self.count])
        return [case for case in labeled if case.patient in mine]


def shared_out(cases: Iterable[AnyCase], count: int) -> list[list[AnyCase]]:
    """Return what each of ``count`` folds holds out, in their order."""
    cases = list(cases)
    return [Fold(number, count).held_out(cases) for number in range(1, count + 1)]


def without_held_out(archive: Archive, fold: Fold) -> Archive:
    """Return the archive with every case of the patients that a fold leaves out in a split of its own.

    Its hash is another one, so that no run of another fold, or of none, is continued on it.
    """
    patients = {case.patient for case in fold.held_out(archive.cases)}
    cases = (replace(case, split=HELD_OUT) if case.patient in patients else case for case in archive.cases)
    return replace(archive, cases=tuple(cases), sha256=f"{archive.sha256}{fold.suffix}")


def _shuffled(patient: str) -> str:
    return hashlib.sha256(patient.encode()).hexdigest()
