"""A segmentation file that Slicer and any NRRD reader take: segments, terminology, exact voxels, place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.scene.segment_changes import tag_of
from LightMSegmentationLib.scene.segments import (
    LIVER_ROLE,
    TUMOR_ROLE,
    edited_segments,
    segment_id,
    write_segments,
)
from LightMSegmentationLib.seg_nrrd import write_seg_nrrd

from Testing.scene.drawn_segments import draw
from Testing.scene.small_scans import (
    ARRANGEMENTS,
    GRID,
    ORGAN,
    TODAY,
    TUMOR,
    arranged,
    labels_at,
    points_of,
    small_labels,
    small_scan,
    turned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def written(folder: Path, labels: Volume | None = None) -> Path:
    path = folder / "liver.seg.nrrd"
    write_seg_nrrd(labels or small_labels(), path, TODAY)
    return path


def read_by_slicer(scene: slicer.vtkMRMLScene, path: Path) -> slicer.vtkMRMLSegmentationNode:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "read")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node)
    return node


def header_of(path: Path) -> dict[str, str]:
    """Return fields and keys of an NRRD header, as plain text."""
    text = path.read_bytes().split(b"\n\n", 1)[0].decode()
    return {match[1]: match[2] for match in re.finditer(r"^([^#:\n]+):=?\s?(.*)$", text, re.MULTILINE)}


def test_slicer_reads_back_both_segments(scene: slicer.vtkMRMLScene, tmp_path: Path) -> None:
    node = read_by_slicer(scene, written(tmp_path))
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["liver", "liver_tumor"]
    assert [segment_id(node, role) for role in (LIVER_ROLE, TUMOR_ROLE)] == ["liver", "liver_tumor"]
    for role in (LIVER_ROLE, TUMOR_ROLE):
        segment = node.GetSegmentation().GetSegment(role.segment_id)
        assert segment.GetName() == role.name
        assert segment.GetColor() == pytest.approx(role.color, abs=1e-5)
        assert tag_of(segment, segment.GetTerminologyEntryTagName()) == role.terminology
        assert tag_of(segment, "LightMUNet.Date") == "2026-11-21"


def test_segments_that_do_not_overlap_share_a_layer(scene: slicer.vtkMRMLScene, tmp_path: Path) -> None:
    organs = segments_of({"background": 0, "spleen": 1, "mass": 2, "left kidney": 3})
    path = tmp_path / "organs.seg.nrrd"

    write_seg_nrrd(small_labels(), path, TODAY, organs)

    node = read_by_slicer(scene, path)
    assert node.GetSegmentation().GetNumberOfLayers() == 1
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["spleen", "mass", "left_kidney"]
    sizes = [len(points_of(node, name)) for name in ("spleen", "mass", "left_kidney")]
    assert sizes == [len(ORGAN - TUMOR), len(TUMOR), 0]
    assert edited_segments(node, organs) == ()
    assert "TerminologyEntry" not in header_of(path)["Segment1_Tags"]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrangement=st.sampled_from(ARRANGEMENTS), degrees=st.floats(-180, 180))
def test_slicer_reads_back_the_same_points(
    scene: slicer.vtkMRMLScene, tmp_path: Path, arrangement: tuple, degrees: float
) -> None:
    grid = arranged(*arrangement, turned(degrees))
    node = read_by_slicer(scene, written(tmp_path, small_labels(grid)))
    for name, voxels in (("liver", ORGAN), ("liver_tumor", TUMOR)):
        expected = sorted((grid.index_to_ras @ [*voxel[::-1], 1.0])[:3].tolist() for voxel in voxels)
        found = points_of(node, name)
        # Rounding may swap points that differ in their last digit only: compare as sets of nearest neighbors.
        apart = np.linalg.norm(found[:, None] - np.array(expected)[None], axis=2)
        assert apart.shape == (len(voxels), len(voxels))
        assert apart.min(axis=0).max() < 1e-4
        assert apart.min(axis=1).max() < 1e-4


@pytest.mark.parametrize("tumor", [TUMOR, ()], ids=["with a tumor", "without"])
def test_a_segment_that_is_read_does_not_count_as_edited(
    scene: slicer.vtkMRMLScene, tmp_path: Path, tumor: Iterable[tuple[int, int, int]]
) -> None:
    assert edited_segments(read_by_slicer(scene, written(tmp_path, labels_at(ORGAN, tumor)))) == ()


def test_a_segment_that_was_edited_after_reading_is_known(scene: slicer.vtkMRMLScene, tmp_path: Path) -> None:
    node = read_by_slicer(scene, written(tmp_path))
    draw(node, "liver", ORGAN | {(2, 3, 4)})
    assert edited_segments(node) == ("liver",)


def test_a_second_run_replaces_the_segments_that_were_read(scene: slicer.vtkMRMLScene, tmp_path: Path) -> None:
    node = read_by_slicer(scene, written(tmp_path))
    write_segments(node, small_scan(scene), labels_at(TUMOR, ()), TODAY)
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["liver", "liver_tumor"]
    assert (len(points_of(node, "liver")), len(points_of(node, "liver_tumor"))) == (len(TUMOR), 0)


def test_any_nrrd_reader_sees_the_voxels_at_their_places(tmp_path: Path) -> None:
    image = sitk.ReadImage(str(written(tmp_path)))
    assert image.GetNumberOfComponentsPerPixel() == 2
    assert image.GetSize() == GRID.size
    assert image.GetOrigin() == pytest.approx(GRID.origin)
    assert image.GetSpacing() == pytest.approx(GRID.spacing)
    assert image.GetDirection() == pytest.approx(GRID.direction)
    layers = np.moveaxis(sitk.GetArrayFromImage(image), -1, 0)
    assert [set(map(tuple, np.argwhere(layer).tolist())) for layer in layers] == [ORGAN, TUMOR]


def test_the_header_names_segments_layers_and_codes(tmp_path: Path) -> None:
    header = header_of(written(tmp_path))
    assert header["space"] == "left-posterior-superior"
    assert header["encoding"] == "gzip"
    assert [header[f"Segment{number}_ID"] for number in (0, 1)] == ["liver", "liver_tumor"]
    assert [(header[f"Segment{number}_Layer"], header[f"Segment{number}_LabelValue"]) for number in (0, 1)] == [
        ("0", "1"),
        ("1", "1"),
    ]
    assert f"TerminologyEntry:{TUMOR_ROLE.terminology}|" in header["Segment1_Tags"] + "|"
    assert "LightMUNet.Model:liver-tumor|" in header["Segment1_Tags"] + "|"


def test_slicer_understands_the_codes_of_liver_and_of_neoplasm_in_the_liver(
    scene: slicer.vtkMRMLScene, tmp_path: Path
) -> None:
    node = read_by_slicer(scene, written(tmp_path))
    logic, entry = slicer.vtkSlicerTerminologiesModuleLogic(), slicer.vtkSlicerTerminologyEntry()
    codes = []
    for role in (LIVER_ROLE, TUMOR_ROLE):
        segment = node.GetSegmentation().GetSegment(role.segment_id)
        assert logic.DeserializeTerminologyEntry(tag_of(segment, segment.GetTerminologyEntryTagName()), entry)
        codes.append((entry.GetTypeObject().GetCodeValue(), entry.GetRegionObject().GetCodeValue()))
    assert codes == [("10200004", None), ("108369006", "10200004")]


def test_a_liver_without_tumor_is_read_back(scene: slicer.vtkMRMLScene, tmp_path: Path) -> None:
    node = read_by_slicer(scene, written(tmp_path, labels_at(ORGAN, ())))
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["liver", "liver_tumor"]
    assert len(points_of(node, "liver")) == len(ORGAN)
    assert len(points_of(node, "liver_tumor")) == 0


def test_the_file_covers_the_whole_scan(tmp_path: Path) -> None:
    grid = Grid((30, 20, 10), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert sitk.ReadImage(str(written(tmp_path, small_labels(grid)))).GetSize() == grid.size


def test_names_outside_ascii_and_missing_folders_work(tmp_path: Path) -> None:
    path = tmp_path / "Fälle" / "肝臓 1.seg.nrrd"
    write_seg_nrrd(small_labels(), path, TODAY)
    assert [found.name for found in path.parent.iterdir()] == ["肝臓 1.seg.nrrd"]


def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(UnusableInputError, match=r"a\.seg\.nrrd"):
        write_seg_nrrd(small_labels(), tmp_path / "file" / "a.seg.nrrd", TODAY)
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_an_older_file_stays_when_the_new_one_can_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "a.seg.nrrd"
    folder.mkdir()
    with pytest.raises(UnusableInputError, match="is a folder"):
        write_seg_nrrd(small_labels(), folder)
    assert list(tmp_path.iterdir()) == [folder]
