"""DICOM SR: every volume and diameter with its unit, and what it refers to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pytest
from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
from LightMSegmentationLib.dicom_export.write import REPORT, SEGMENTATION, write_dicom
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.measurement.lesions import measure
from pydicom.sr.codedict import codes

from Testing.unit.dicom_export.checks import errors_of_dciodvfy

if TYPE_CHECKING:
    from pathlib import Path

VOLUME, DIAMETER = codes.SCT.Volume, codes.SCT.LongAxis


@pytest.fixture
def two_lesions(found: LabeledSeries) -> LabeledSeries:
    """Return the series with a second lesion of 2 voxels apart from the first."""
    array = found.labels.array.copy()
    array[10, 9, 9:11] = 2
    labels = Volume(array, found.labels.grid)
    return LabeledSeries(found.source, labels, measure(labels), "tiny", "1.0")


def written(found: LabeledSeries, folder: Path, *, with_segmentation: bool) -> highdicom.sr.MeasurementReport:
    paths = {REPORT: folder / "sr.dcm"}
    if with_segmentation:
        paths[SEGMENTATION] = folder / "seg.dcm"
    write_dicom(found, paths)
    return highdicom.sr.srread(folder / "sr.dcm").content


def values(group: highdicom.sr.MeasurementsAndQualitativeEvaluations) -> dict[str, tuple[float, str]]:
    """Return each measurement of a group by its name, with its unit."""
    return {item.name.meaning: (float(item.value), item.unit.value) for item in group.get_measurements()}


def test_volumes_of_the_segments_refer_to_them(two_lesions: LabeledSeries, tmp_path: Path) -> None:
    report = written(two_lesions, tmp_path, with_segmentation=True)
    liver, tumors = report.get_volumetric_roi_measurement_groups()
    assert values(liver) == {"Volume": (pytest.approx(216 * 0.8), "mL")}
    assert values(tumors) == {"Volume": (pytest.approx(6 * 0.8), "mL")}
    segmentation = highdicom.seg.segread(tmp_path / "seg.dcm")
    references = [group.referenced_segment[0] for group in (liver, tumors)]
    assert [reference.referenced_sop_instance_uid for reference in references] == [segmentation.SOPInstanceUID] * 2
    assert [reference.referenced_segment_numbers for reference in references] == [[1], [2]]
    tracked = {str(item.TrackingUID) for item in segmentation.SegmentSequence}
    assert {str(group.tracking_uid) for group in (liver, tumors)} == tracked


def test_each_lesion_has_volume_diameter_and_place(two_lesions: LabeledSeries, tmp_path: Path) -> None:
    report = written(two_lesions, tmp_path, with_segmentation=True)
    groups = report.get_image_measurement_groups()
    assert [group.tracking_identifier for group in groups] == ["liver tumor 1", "liver tumor 2"]
    assert len({str(group.tracking_uid) for group in groups}) == 2
    for group, lesion in zip(groups, two_lesions.findings.lesions, strict=True):
        assert values(group) == {
            VOLUME.meaning: (pytest.approx(lesion.volume_ml, abs=1e-3), "mL"),
            DIAMETER.meaning: (pytest.approx(lesion.largest_axial_diameter_mm, abs=1e-3), "mm"),
        }
        assert group.finding_type == codes.SCT.Neoplasm
        assert [site.value.meaning for site in group.finding_sites] == ["Liver"]
        (volume,) = group.get_measurements(VOLUME)
        (point,) = volume.referenced_coordinates
        np.testing.assert_allclose(point.value, np.array([lesion.center_ras]) * (-1, -1, 1), atol=1e-3)


def test_how_sure_the_network_is_of_a_lesion_is_told_in_percent(found: LabeledSeries, tmp_path: Path) -> None:
    (lesion,) = found.findings.lesions
    findings = replace(found.findings, lesions=(replace(lesion, confidence=0.873),))
    report = written(replace(found, findings=findings), tmp_path, with_segmentation=True)
    (group,) = report.get_image_measurement_groups()
    assert values(group)["Certainty of Finding"] == (87.3, "%")


def test_without_a_segmentation_the_volumes_stand_alone(found: LabeledSeries, tmp_path: Path) -> None:
    report = written(found, tmp_path, with_segmentation=False)
    assert report.get_volumetric_roi_measurement_groups() == []
    names = [group.tracking_identifier for group in report.get_image_measurement_groups()]
    assert names == ["liver", "liver tumor", "liver tumor 1"]


def test_a_liver_without_tumors_is_reported_alone(found: LabeledSeries, tmp_path: Path) -> None:
    labels = Volume(np.minimum(found.labels.array, 1), found.labels.grid)
    healthy = LabeledSeries(found.source, labels, measure(labels), "tiny", "1.0")
    report = written(healthy, tmp_path, with_segmentation=True)
    (liver,) = report.get_volumetric_roi_measurement_groups()
    assert values(liver) == {"Volume": (pytest.approx(216 * 0.8), "mL")}
    assert report.get_image_measurement_groups() == []


def test_the_evidence_names_every_slice(found: LabeledSeries, tmp_path: Path) -> None:
    written(found, tmp_path, with_segmentation=True)
    report = highdicom.sr.srread(tmp_path / "sr.dcm")
    named = {
        instance.ReferencedSOPInstanceUID
        for name in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
        for study in report.get(name) or ()
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    assert named >= {header.SOPInstanceUID for header in found.source.headers}


@pytest.mark.parametrize("with_segmentation", [True, False])
def test_the_validator_finds_no_error(two_lesions: LabeledSeries, tmp_path: Path, *, with_segmentation: bool) -> None:
    written(two_lesions, tmp_path, with_segmentation=with_segmentation)
    assert errors_of_dciodvfy(tmp_path / "sr.dcm") == []


def test_organs_are_reported_with_their_volumes_and_sides(found: LabeledSeries, tmp_path: Path) -> None:
    organs = segments_of({"background": 0, "left kidney": 1, "spleen": 2})
    report = written(replace(found, findings=None, segments=organs), tmp_path, with_segmentation=True)
    kidney, spleen = report.get_volumetric_roi_measurement_groups()
    assert values(kidney) == {"Volume": (pytest.approx(212 * 0.8), "mL")}
    assert values(spleen) == {"Volume": (pytest.approx(4 * 0.8), "mL")}
    (site,) = kidney.finding_sites
    assert (site.topographical_modifier, site.laterality.meaning) == (None, "Left")
