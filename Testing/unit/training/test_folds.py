"""Folds leave out whole patients with tumor labels, the same ones every time."""

from __future__ import annotations

import pytest
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.archive import Archive
from LightMSegmentationLib.training.folds import Fold, shared_out, without_held_out

from Testing.unit.training.conftest import make_case

FIVE = [Fold(number, 5) for number in range(1, 6)]


@pytest.fixture
def archive() -> Archive:
    """Twelve patients with tumor labels, one of them with two scans, two others without, and one for validation."""
    labeled = [make_case(f"{name}1", name) for name in "abcdefghijkl"]
    others = [make_case("a2", "a"), make_case("x1", "x", labels="liver"), make_case("y1", "y", labels="liver-pseudo")]
    return Archive((*labeled, *others, make_case("v1", "v", split="validation")), (3.0, 3.0, 3.0), "0" * 64)


def names(cases: object) -> list[str]:
    return [case.name for case in cases]


def test_every_labeled_training_case_is_left_out_once(archive: Archive) -> None:
    left_out = [name for fold in FIVE for name in names(fold.held_out(archive.cases))]
    assert sorted(left_out) == sorted([f"{name}1" for name in "abcdefghijkl"] + ["a2"])


def test_folds_differ_by_at_most_one_patient(archive: Archive) -> None:
    sizes = [len({case.patient for case in fold.held_out(archive.cases)}) for fold in FIVE]
    assert sorted(sizes) == [2, 2, 2, 3, 3]


def test_the_order_of_the_cases_does_not_matter(archive: Archive) -> None:
    straight, turned = (names(FIVE[1].held_out(cases)) for cases in (archive.cases, archive.cases[::-1]))
    assert sorted(straight) == sorted(turned)


def test_what_is_held_out_is_in_neither_split_and_all_else_stays(archive: Archive) -> None:
    fold = FIVE[0]
    reduced = without_held_out(archive, fold)
    left_out = names(fold.held_out(archive.cases))
    assert names(reduced.split("train")) == [name for name in names(archive.split("train")) if name not in left_out]
    assert names(reduced.split("validation")) == ["v1"]
    assert names(reduced.split("held-out")) == left_out
    assert reduced.sha256 != archive.sha256


def test_all_folds_share_out_all_patients(archive: Archive) -> None:
    assert [names(share) for share in shared_out(archive.cases, 5)] == [
        names(fold.held_out(archive.cases)) for fold in FIVE
    ]


def test_a_fold_is_read_as_people_write_it() -> None:
    assert Fold.of_text("2/5") == Fold(2, 5)
    assert Fold(2, 5).suffix == "-fold2of5"


def test_the_only_fold_of_one_holds_every_labeled_patient_out(archive: Archive) -> None:
    everybody = {name for share in shared_out(archive.cases, 5) for name in names(share)}
    assert set(names(Fold(1, 1).held_out(archive.cases))) == everybody


def test_a_fold_starts_from_its_own_earlier_run_or_from_one_that_held_everybody_out() -> None:
    assert Fold(2, 5).earlier_run("coarse") == "coarse-fold2of5"
    assert Fold(2, 5).earlier_run("livers-fold1of1") == "livers-fold1of1"


@pytest.mark.parametrize("text", ["", "2", "0/5", "6/5", "2/1", "-1/5", "a/b", "1/2/3"])
def test_what_is_no_fold_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="no fold"):
        Fold.of_text(text)
