"""What the pictures of a queue show: phantoms with their true lesions, some of them doubtful."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("trame_slicer", reason="needs the extra 'review'")

from LightMSegmentationLib.batch.outcome import CaseState
from LightMSegmentationLib.review.review_queue import ReviewQueue

from Testing.review.screenshots import tumor_in, write_batch

if TYPE_CHECKING:
    from pathlib import Path


def test_the_batch_of_the_pictures_is_finished_and_has_lesions_to_decide_about(tmp_path: Path) -> None:
    queue = ReviewQueue(write_batch(tmp_path, (6.0, 6.0, 6.0)))
    outcomes = [entry.outcome for entry in queue.entries.values()]
    first = queue.read(queue.order()[0])
    queue.close()
    assert [outcome.name for outcome in outcomes] == ["phantom-1", "phantom-2", "phantom-3"]
    assert {outcome.state for outcome in outcomes} == {CaseState.DONE}
    assert first.prediction is not None
    confidences = [lesion.confidence for lesion in first.prediction.findings.lesions]
    assert confidences
    assert all(confidence is not None and 0.3 <= confidence <= 0.95 for confidence in confidences)


def test_the_brush_begins_in_the_largest_tumor_on_the_screen() -> None:
    view = np.full((100, 200, 3), 90, np.uint8)
    view[10:14, 20:24] = (90, 160, 90)
    view[60:71, 150:161] = (90, 160, 90)
    assert tumor_in(view) == (55, 15)
