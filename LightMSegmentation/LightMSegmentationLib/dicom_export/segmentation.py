"""DICOM segmentation objects (SEG): binary segments with codes, on the frames of the source series.

Source: DICOM PS3.3, A.51 and C.8.20. Binary segments rather than a label map, because ``liver`` includes its
tumors, and because today's readers know this form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from LightMSegmentationLib.dicom_export.equipment import MANUFACTURER, equipment, identity
from LightMSegmentationLib.dicom_export.segment_codes import SegmentCodes, segments_of
from LightMSegmentationLib.errors import InternalError

if TYPE_CHECKING:
    import highdicom

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from LightMSegmentationLib.segment_role import LabeledSegment, SegmentRole


def segmentation_object(found: LabeledSeries) -> highdicom.seg.Segmentation:
    """Return labels as segments, those that have a voxel: ``liver`` holds the organ with its tumors.

    Where voxels are pixels of the source's slices, each frame lies exactly on its slice and refers to it. Where they
    were interpolated (tilted gantry, uneven distances) and for a multi-frame source, the frames have positions of their
    own in the same frame of reference; one in the plane of a source slice refers to it and says whether the pixels are
    at the same places.

    Raises
    ------
    UsageError
        When there is no code for a segment.
    """
    import highdicom

    segments = segments_of(found)
    if not segments:
        message = "labels without a voxel of any segment can't be a DICOM segmentation"
        raise InternalError(message)
    occupied = np.flatnonzero(found.labels.array.any(axis=(1, 2)))
    span = slice(int(occupied[0]), int(occupied[-1]) + 1)
    descriptions = [_description(found, number, one.role) for number, one in enumerate(segments, start=1)]
    what = "Liver and liver tumors" if found.is_of_liver else "Organs"
    return highdicom.seg.Segmentation(
        **_frames(found, span, segments),
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=descriptions,
        content_label="LIVER" if found.is_of_liver else "ORGANS",
        content_description=f"{what}, segmented automatically",
        series_description=f"{what} (automatic)",
        **identity(found, "SEG"),
        **equipment(found),
    )


def _description(found: LabeledSeries, number: int, role: SegmentRole) -> highdicom.seg.SegmentDescription:
    import highdicom
    from pydicom.sr.codedict import codes

    what = SegmentCodes.of(role)
    description = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=role.name,
        segmented_property_category=what.category,
        segmented_property_type=what.kind,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=found.model[:64],
            family=codes.cid7162.ArtificialIntelligence,
            version=found.model_version[:64],
            source=MANUFACTURER,
        ),
        tracking_id=role.name,
        tracking_uid=found.uid(f"tracking {role.segment_id}"),
        anatomic_regions=None if what.region is None else [what.region],
        display_color=highdicom.color.CIELabColor.from_rgb(*(round(255 * part) for part in role.color)),
    )
    if what.side is not None:
        kind = description.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [highdicom.sr.CodedConcept.from_code(what.side)]
    return description


def _frames(found: LabeledSeries, span: slice, segments: list[LabeledSegment]) -> dict[str, Any]:
    """Return the masks of the slices in ``span`` and the source's headers, as highdicom's constructor names them.

    Slices without any label are only referred to: highdicom takes 14 bytes for every voxel that it is handed.
    """
    import highdicom

    headers = found.source.headers
    masks = np.stack([segment.mask(found.labels.array[span]) for segment in segments], axis=-1).astype(np.uint8)
    if found.source.pixel_for_pixel:
        others = [*headers[: span.start], *headers[span.stop :]]
        return {"source_images": headers[span], "further_source_images": others, "pixel_array": masks}
    matrix = found.labels.grid.index_to_lps[:, [2, 1, 0, 3]]  # its columns in the order of the array: k, j, i
    matrix[:3, 3] += span.start * matrix[:3, 0]
    numbers = range(1, masks.shape[-1] + 1)
    place = found.source.first.FrameOfReferenceUID
    volume = highdicom.Volume(masks, matrix, "PATIENT", place, channels={"SegmentNumber": numbers})
    return {"source_images": headers, "pixel_array": volume}
