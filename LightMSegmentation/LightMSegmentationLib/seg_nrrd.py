"""Label maps as Slicer segmentations in files (``.seg.nrrd``): NRRD with Slicer's keys for segments.

Form: NRRD 4 (http://teem.sourceforge.net/nrrd/format.html) with a layer for each segment that overlaps another, as
``liver`` includes the tumors, and one for all that do not; keys as vtkMRMLSegmentationStorageNode reads and writes
them. No Slicer is needed, so that command line, batch, worker and cluster write the same file.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.content_mark import CONTENT_TAG, content_mark
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.imaging.mask import Mask
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, ROLE_TAG, LabeledSegment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.volume import Volume

UNKNOWN = Provenance()

_COMPRESSION = 5
_TAG_SEPARATORS = str.maketrans("|:\n\r", "/-  ")


@dataclass(frozen=True)
class _Place:
    """Where a segment is in the file: its layer, and its value there."""

    segment: LabeledSegment
    layer: int
    value: int


def write_seg_nrrd(
    labels: Volume,
    path: Path,
    provenance: Provenance = UNKNOWN,
    segments: Sequence[LabeledSegment] = LIVER_AND_TUMOR,
) -> None:
    """Write labels as segments, by default ``liver`` (organ with tumors) and ``liver_tumor``.

    One without a voxel is there, empty: it is where a missed tumor can be drawn.

    Parameters
    ----------
    labels
        Labels, k, j, i, on their grid (LPS).
    path
        File to write; it is complete or as it was before.
    provenance
        Kept in the segments' tags, beside a mark by which a segment that was edited later is known.
    segments
        What the labels are; by default 1 liver, 2 tumor.

    Raises
    ------
    UnusableInputError
        When the file can't be written.
    ResourceError
        When the disk is full.
    """
    places = _places(segments)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(_header(labels, places, provenance).encode("ascii", "replace"))
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_COMPRESSION, mtime=0) as voxels:
            for level in labels.array:
                voxels.write(_layers(level, places).tobytes())


def _places(segments: Sequence[LabeledSegment]) -> list[_Place]:
    """Put every segment into the first layer where it overlaps none."""
    layers: list[list[LabeledSegment]] = []
    places = []
    for segment in segments:
        free = (at for at, others in enumerate(layers) if all(set(segment.labels).isdisjoint(o.labels) for o in others))
        layer = next(free, len(layers))
        if layer == len(layers):
            layers.append([])
        layers[layer].append(segment)
        places.append(_Place(segment, layer, len(layers[layer])))
    return places


def _layers(level: np.ndarray, places: list[_Place]) -> np.ndarray:
    """Return one level of the file (j, i, layer), uint8."""
    layers = np.zeros((*level.shape, _count(places)), np.uint8)
    for place in places:
        layers[..., place.layer][place.segment.mask(level)] = place.value
    return layers


def _count(places: list[_Place]) -> int:
    return 1 + max(place.layer for place in places)


def _header(labels: Volume, places: list[_Place], provenance: Provenance) -> str:
    grid = labels.grid
    columns = (grid.index_to_lps[:3, axis] for axis in range(3))
    lines = [
        "NRRD0004",
        "type: unsigned char",
        "dimension: 4",
        "space: left-posterior-superior",
        f"sizes: {_count(places)} {' '.join(map(str, grid.size))}",
        f"space directions: none {' '.join(map(_vector, columns))}",
        "kinds: list domain domain domain",
        "encoding: gzip",
        f"space origin: {_vector(grid.index_to_lps[:3, 3])}",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
    ]
    for number, place in enumerate(places):
        mark = content_mark(Mask.of(place.segment.mask(labels.array), grid.index_to_ras))
        keys = _segment_keys(place, grid, {CONTENT_TAG: mark, **provenance.tags()})
        lines += [f"Segment{number}_{key}:={value}" for key, value in keys.items()]
    return "\n".join(lines) + "\n\n"


def _segment_keys(place: _Place, grid: Grid, tags: dict[str, str]) -> dict[str, str]:
    role = place.segment.role
    texts = {name: value.translate(_TAG_SEPARATORS) for name, value in tags.items()}
    term = {"TerminologyEntry": role.terminology} if role.terminology else {}
    own = {**term, ROLE_TAG: role.segment_id}
    return {
        "ID": role.segment_id,
        "Name": role.name,
        "NameAutoGenerated": "0",
        "Color": " ".join(f"{part:.6g}" for part in role.color),
        "ColorAutoGenerated": "0",
        "Extent": " ".join(f"0 {size - 1}" for size in grid.size),
        "LabelValue": str(place.value),
        "Layer": str(place.layer),
        "Tags": "".join(f"{name}:{value}|" for name, value in {**own, **texts}.items()),
    }


def _vector(values: np.ndarray) -> str:
    return f"({','.join(repr(float(value)) for value in values)})"
