"""The volumes of all segments of a label map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.segment_role import LabeledSegment

_LABELS = 256


def segment_volumes(labels: Volume, segments: Iterable[LabeledSegment]) -> dict[str, float]:
    """Return the volumes in mL by the segments' identifiers; ``labels`` are uint8 (k, j, i)."""
    counts = np.zeros(_LABELS, np.int64)
    for level in labels.array:  # level by level: counting makes integers of eight bytes of every voxel
        counts += np.bincount(level.ravel(), minlength=_LABELS)
    milliliters = counts * labels.grid.voxel_volume_ml
    return {segment.role.segment_id: float(milliliters[list(segment.labels)].sum()) for segment in segments}


def named_volumes(segments: Iterable[LabeledSegment], volumes_ml: Mapping[str, float]) -> dict[str, float]:
    """Return the volumes in mL, which are kept by the segments' identifiers, by their shown names."""
    roles = [segment.role for segment in segments]
    return {role.name: volumes_ml[role.segment_id] for role in roles if role.segment_id in volumes_ml}


def volumes_beside(
    findings: Findings | None, segments: Iterable[LabeledSegment], volumes_ml: Mapping[str, float]
) -> dict[str, float]:
    """Return the volumes in mL by shown name that findings do not tell: all of them where there are none."""
    told = () if findings is None else (LIVER_ROLE, TUMOR_ROLE)
    return named_volumes((segment for segment in segments if segment.role not in told), volumes_ml)


def volumes_text(named_ml: Mapping[str, float]) -> str:
    """Return volumes by name as one line for people, what has none at its end."""
    found = [f"{name} {ml:.0f} mL" if ml >= 1 else f"{name} {ml:.2f} mL" for name, ml in named_ml.items() if ml]
    missing = [name for name, ml in named_ml.items() if not ml]
    return ", ".join(found) + (f"; not found: {', '.join(missing)}" if missing else "")
