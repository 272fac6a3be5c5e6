"""What stays known of lesions while they are edited, and by what a scan is known again."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.review.case import findings_of, findings_of_report, input_key
from LightMSegmentationLib.review.surfaces import fields_of
from LightMSegmentationLib.run_report import report_document

from Testing.review.small_case import GRID, small_case, small_labels


def test_an_untouched_lesion_keeps_its_confidence() -> None:
    case = small_case(confidence=0.8)
    (lesion,) = findings_of(small_labels(), case.prediction).lesions
    assert lesion.confidence == 0.8


def test_a_lesion_that_was_enlarged_has_none() -> None:
    labels = small_labels()
    labels.array[3:5, 4:6, 4:7] = 2
    (lesion,) = findings_of(labels, small_case().prediction).lesions
    assert lesion.confidence is None


def test_a_lesion_that_was_drawn_has_none_and_the_other_keeps_its_own() -> None:
    labels = small_labels()
    labels.array[1, 2, 2] = 2
    first, second = findings_of(labels, small_case(confidence=0.7).prediction).lesions
    assert (first.confidence, second.confidence) == (0.7, None)


def test_a_scan_is_known_by_its_voxels_and_their_place() -> None:
    scan = small_case().scan.volume
    same = Volume(scan.array.copy(), scan.grid)
    changed = Volume(scan.array + 1, scan.grid)
    moved = Volume(scan.array, Grid(GRID.size, GRID.spacing, (0.0, 0.0, 0.0)))
    assert input_key(same) == input_key(scan)
    assert len({input_key(scan), input_key(changed), input_key(moved)}) == 3


def test_without_a_report_of_findings_nothing_is_found() -> None:
    assert findings_of_report('{"findings": null}') is None
    assert findings_of_report("{}") is None


def test_surfaces_cross_their_level_where_the_labels_end() -> None:
    fields = fields_of(small_labels())
    field, index_to_ras = fields[1]
    inside = np.argwhere(field > 0.4)
    k, j, i = inside.mean(axis=0)
    center = (index_to_ras @ (i, j, k, 1.0))[:3]
    expected = (GRID.index_to_ras @ (4.5, 4.5, 3.5, 1.0))[:3]
    assert center == pytest.approx(expected, abs=0.6)


def test_an_empty_segment_has_a_surface_of_nothing() -> None:
    fields = fields_of(Volume(np.zeros(GRID.shape, np.uint8), GRID))
    assert all(not field.any() for field, _ in fields.values())


def test_findings_come_back_from_a_report() -> None:
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import Mode

    prediction = small_case(confidence=0.25).prediction
    assert prediction is not None
    result = SegmentationResult(prediction.labels, prediction.findings, (), (), "cpu", "x", "tiny", "1.0", {})
    import json

    document = report_document(result, Mode.FAST, GRID, (), {})
    assert findings_of_report(json.dumps(document)) == prediction.findings
