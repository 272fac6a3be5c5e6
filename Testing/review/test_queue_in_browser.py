"""A batch reviewed by two browsers at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("trame_slicer", reason="needs the extra 'review'")

from LightMSegmentationLib.batch.ledger import LEDGER_NAME
from LightMSegmentationLib.batch.review_ledger import Decision, ReviewLedger
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.label_file import read_labels
from LightMSegmentationLib.training.cases import read_manifest

from Testing.review.browser import Reviewer, chromium, serving
from Testing.review.small_batch import DOUBTFUL, SURE, WITHOUT, write_small_batch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TUMOR = 1


def has(reviewer: Reviewer, name: str) -> bool:
    """Tell whether a case is open and can be decided about."""
    return bool(
        reviewer.sees("QueueState__current") == name
        and reviewer.sees("CaseState__is_open")
        and not reviewer.sees("CaseState__is_loading")
    )


def test_two_reviewers_go_through_a_batch_without_meeting(tmp_path: Path) -> None:
    target = write_small_batch(tmp_path)
    with (
        serving(tmp_path / "cache", "--queue", str(target)) as server,
        chromium() as first,
        chromium() as second,
    ):
        anna = Reviewer(first, server.address)
        anna.waits(lambda: has(anna, DOUBTFUL))  # the most doubtful case
        anna.waits_for_scan()
        ben = Reviewer(second, server.address)
        ben.waits(lambda: has(ben, SURE))
        ben.waits_for_scan()
        taken = {row["name"] for row in ben.sees("QueueState__rows") if row["is_taken"]}
        assert taken == {DOUBTFUL}

        ben.presses("c")  # nothing was corrected
        ben.waits(lambda: "Nothing was changed" in str(ben.sees("MessageState__text")))
        ben.presses("a")
        ben.waits(lambda: has(ben, WITHOUT))

        anna.takes("paint", TUMOR)
        anna.strokes((-30, 0), (8, 0))
        anna.waits(lambda: anna.sees("CaseState__is_edited"))
        anna.presses("a")  # an edited case is no longer the model's
        anna.waits(lambda: "You changed this case" in str(anna.sees("MessageState__text")))
        anna.presses("c")
        anna.waits(lambda: "No other case is waiting" in str(anna.sees("MessageState__text")))

        ben.presses("r")  # leads to the note, since there is none
        assert ben.driver.switch_to.active_element.get_attribute("id") == "note"
        ben.driver.switch_to.active_element.send_keys("cut off below")
        ben.clicks("#reject")
        ben.waits(lambda: "No other case is waiting" in str(ben.sees("MessageState__text")))

    with ReviewLedger(target / LEDGER_NAME) as ledger:
        reviews = ledger.reviews()
        assert ledger.holders() == {}
    assert {name: review.decision for name, review in reviews.items()} == {
        DOUBTFUL: Decision.CORRECTED,
        SURE: Decision.ACCEPTED,
        WITHOUT: Decision.REJECTED,
    }
    assert reviews[WITHOUT].note == "cut off below"
    predicted = read_labels(target / f"{DOUBTFUL}.seg.nrrd").array
    corrected = read_labels(target / str(reviews[DOUBTFUL].segmentation)).array
    assert np.count_nonzero(corrected == 2) > np.count_nonzero(predicted == 2)

    assert main(["review", "--queue", str(target), "--training-list", str(tmp_path / "data")]) == 0
    labels = {case.source: read_labels(case.label).array for case in read_manifest(tmp_path / "data")}
    assert np.array_equal(labels["reviewed batch (corrected)"], corrected)
    assert set(labels) == {"reviewed batch (corrected)", "reviewed batch (accepted)"}
