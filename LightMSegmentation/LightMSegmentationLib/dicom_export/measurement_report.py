"""DICOM structured reports of measurements (SR, template TID 1500) with volumes and diameters.

Source: DICOM PS3.16, TID 1500, 1411 (group with a segment), 1501 (group without), 300 (measurement).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from LightMSegmentationLib.dicom_export.equipment import MANUFACTURER, SOFTWARE, equipment, identity
from LightMSegmentationLib.dicom_export.segment_codes import SegmentCodes, segments_of
from LightMSegmentationLib.dicom_export.source_series import derived_uid
from LightMSegmentationLib.segment_role import TUMOR_ROLE

if TYPE_CHECKING:
    import highdicom
    from highdicom.sr import (
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.sr.coding import Code

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from LightMSegmentationLib.measurement.findings import Lesion
    from LightMSegmentationLib.segment_role import SegmentRole

    _Group: TypeAlias = MeasurementsAndQualitativeEvaluations | VolumetricROIMeasurementsAndQualitativeEvaluations

_DECIMALS = 3


def measurement_report(
    found: LabeledSeries, segmentation: highdicom.seg.Segmentation | None = None
) -> highdicom.sr.Comprehensive3DSR:
    """Return a report with the volumes (mL) of all segments and, for each lesion, volume and diameter (mm).

    Parameters
    ----------
    found
        The series and its findings.
    segmentation
        The segmentation object that the volumes refer to; without one they refer to the series only.

    Raises
    ------
    UsageError
        When there is no code for a segment.
    """
    from highdicom import sr
    from pydicom.sr.codedict import codes

    groups = [_whole(found, segment.role, segmentation) for segment in segments_of(found)]
    groups += [_lesion(found, lesion) for lesion in (found.findings.lesions if found.findings else ())]
    what = "Liver and liver tumors" if found.is_of_liver else "Organs"
    report = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=_observer(found)),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    evidence = [*found.source.headers, *([segmentation] if segmentation is not None else [])]
    return sr.Comprehensive3DSR(
        evidence=evidence,
        content=report,
        is_complete=True,
        series_description=f"{what}: measurements (automatic)",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        **identity(found, "SR"),
        **equipment(found),
    )


def _observer(found: LabeledSeries) -> highdicom.sr.ObserverContext:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    device = sr.DeviceObserverIdentifyingAttributes(
        uid=derived_uid("device", SOFTWARE, found.model, found.model_version),
        name=SOFTWARE,
        manufacturer_name=MANUFACTURER,
        model_name=f"{found.model} {found.model_version}",
    )
    return sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)


def _whole(found: LabeledSeries, role: SegmentRole, segmentation: highdicom.seg.Segmentation | None) -> _Group:
    """Return the volume of a whole segment, referring to it where it was written."""
    from highdicom import sr

    volume = _volume(found.volumes_ml[role.segment_id])
    common = _described(found, role, role.name, role.segment_id, [volume])
    if segmentation is None:
        return sr.MeasurementsAndQualitativeEvaluations(**common)
    number = next(item.SegmentNumber for item in segmentation.SegmentSequence if item.SegmentLabel == role.name)
    segment = sr.ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        segment_number=int(number),
        source_series=sr.SourceSeriesForSegmentation(found.source.uid),
    )
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(**common, referenced_segment=segment)


def _lesion(found: LabeledSeries, lesion: Lesion) -> _Group:
    """Return the measurements of one lesion; its center of mass is a point in the frame of reference."""
    from highdicom import sr
    from pydicom.sr.codedict import codes

    center = sr.CoordinatesForMeasurement3D(
        graphic_type=sr.GraphicTypeValues3D.POINT,
        graphic_data=np.array([lesion.center_ras]) * (-1.0, -1.0, 1.0),
        frame_of_reference_uid=found.source.first.FrameOfReferenceUID,
    )
    diameter = sr.Measurement(
        name=codes.SCT.LongAxis,
        value=round(lesion.largest_axial_diameter_mm, _DECIMALS),
        unit=codes.UCUM.Millimeter,
    )
    name = f"{TUMOR_ROLE.name} {lesion.number}"
    measurements = [_volume(lesion.volume_ml, [center]), diameter, *_certainty(lesion)]
    return sr.MeasurementsAndQualitativeEvaluations(**_described(found, TUMOR_ROLE, name, name, measurements))


def _described(
    found: LabeledSeries, role: SegmentRole, name: str, purpose: str, measurements: list[Measurement]
) -> dict[str, Any]:
    """Return what every group of measurements says: what it is about, where that lies, who found it."""
    from highdicom import sr

    what = SegmentCodes.of(role)
    return {
        "tracking_identifier": sr.TrackingIdentifier(uid=found.uid(f"tracking {purpose}"), identifier=name),
        "finding_category": what.category,
        "finding_type": what.kind,
        "finding_sites": [sr.FindingSite(anatomic_location=what.site, laterality=what.side)],
        "algorithm_id": sr.AlgorithmIdentification(name=found.model, version=found.model_version),
        "measurements": measurements,
    }


def _volume(volume_ml: float, places: list[highdicom.sr.CoordinatesForMeasurement3D] | None = None) -> Measurement:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    return sr.Measurement(
        name=codes.SCT.Volume, value=round(volume_ml, _DECIMALS), unit=_milliliter(), referenced_coordinates=places
    )


def _certainty(lesion: Lesion) -> list[Measurement]:
    """Return how sure the network is that there is a tumor, in percent, where that is known."""
    from highdicom import sr
    from pydicom.sr.codedict import codes

    if lesion.confidence is None:
        return []
    percent = round(100.0 * lesion.confidence, 1)
    return [sr.Measurement(name=codes.DCM.CertaintyOfFinding, value=percent, unit=codes.UCUM.Percent)]


def _milliliter() -> Code:
    from pydicom.sr.coding import Code

    return Code("mL", "UCUM", "mL")
