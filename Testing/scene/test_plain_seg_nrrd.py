"""A segmentation written without Slicer is one that Slicer's own classes read: segments, terminology, voxels, place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from LightMSegmentationLib.batch.plain_seg_nrrd import write_plain_seg_nrrd
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from pathlib import Path

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: the file can't be read with MRML")

TAGS = {"LightMUNet.Model": "liver-tumor", "LightMUNet.ModelVersion": "1.0"}
OBLIQUE = (0.6, 0.0, -0.8, 0.8, 0.0, 0.6, 0.0, -1.0, 0.0)


@pytest.fixture
def labels() -> Volume:
    """Return liver in a block, with a tumor inside and another one at its border, on an oblique, anisotropic grid."""
    array = np.zeros((5, 6, 7), np.uint8)
    array[1:4, 1:5, 2:6] = 1
    array[2, 2:4, 3] = 2
    array[3, 4, 5] = 2
    return Volume(array, Grid((7, 6, 5), (0.5, 1.25, 3.0), (-12.5, 80.0, 301.75), OBLIQUE))


@pytest.fixture
def segmentation(labels: Volume, tmp_path: Path) -> Any:
    path = tmp_path / "Fälle" / "a.seg.nrrd"
    write_plain_seg_nrrd(labels, path, TAGS)
    scene = slicer.vtkMRMLScene()
    node = slicer.vtkMRMLSegmentationNode()
    storage = slicer.vtkMRMLSegmentationStorageNode()
    scene.AddNode(node)
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.ReadData(node) == 1
    node.scene_for_lifetime = scene
    return node


def segment(segmentation: Any, segment_id: str) -> Any:
    found = segmentation.GetSegmentation().GetSegment(segment_id)
    assert found is not None
    return found


def tag(segment: Any, name: str) -> str:
    from vtk import reference

    value = reference("")
    assert segment.GetTag(name, value)
    return str(value)


def voxels_in_ras(segmentation: Any, segment_id: str) -> set[tuple[float, ...]]:
    """Return the RAS positions of a segment's voxels, rounded to a micrometer."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    image = slicer.vtkOrientedImageData()
    assert segmentation.GetBinaryLabelmapRepresentation(segment_id, image)
    low_i, high_i, low_j, high_j, low_k, high_k = image.GetExtent()
    shape = (high_k - low_k + 1, high_j - low_j + 1, high_i - low_i + 1)
    array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(shape)
    matrix = vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    to_ras = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    return points(to_ras, np.argwhere(array)[:, ::-1] + (low_i, low_j, low_k))


def points(to_ras: np.ndarray, indices: np.ndarray) -> set[tuple[float, ...]]:
    homogeneous = np.column_stack([indices, np.ones(len(indices))])
    return {tuple(point) for point in np.round(homogeneous @ to_ras.T, 6)[:, :3] + 0.0}


def test_both_segments_come_back_in_order_with_their_names(segmentation: Any) -> None:
    inner = segmentation.GetSegmentation()
    ids = [inner.GetNthSegmentID(number) for number in range(inner.GetNumberOfSegments())]
    assert ids == ["liver", "liver_tumor"]
    assert [segment(segmentation, name).GetName() for name in ids] == ["liver", "liver tumor"]


@pytest.mark.parametrize(("segment_id", "values"), [("liver", (1, 2)), ("liver_tumor", (2,))])
def test_the_voxels_lie_on_the_same_physical_points(
    segmentation: Any, labels: Volume, segment_id: str, values: tuple[int, ...]
) -> None:
    expected = points(labels.grid.index_to_ras, np.argwhere(np.isin(labels.array, values))[:, ::-1])
    assert voxels_in_ras(segmentation, segment_id) == expected


@pytest.mark.parametrize("expected", [LIVER_ROLE, TUMOR_ROLE], ids=lambda role: role.segment_id)
def test_terminology_and_color_come_back(segmentation: Any, expected: Any) -> None:
    found = segment(segmentation, expected.segment_id)
    assert tag(found, found.GetTerminologyEntryTagName()) == expected.terminology
    np.testing.assert_allclose(found.GetColor(), expected.color, atol=1e-5)


@pytest.mark.parametrize("segment_id", ["liver", "liver_tumor"])
def test_role_and_model_tags_come_back(segmentation: Any, segment_id: str) -> None:
    found = segment(segmentation, segment_id)
    assert tag(found, "LightMUNet.Role") == segment_id
    assert {name: tag(found, name) for name in TAGS} == TAGS


def test_the_codes_are_those_of_liver_and_of_neoplasm_in_the_liver(segmentation: Any) -> None:
    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    liver = segment(segmentation, "liver")
    assert logic.DeserializeTerminologyEntry(tag(liver, "TerminologyEntry"), entry)
    assert entry.GetTypeObject().GetCodeValue() == "10200004"
    tumor = segment(segmentation, "liver_tumor")
    assert logic.DeserializeTerminologyEntry(tag(tumor, "TerminologyEntry"), entry)
    assert entry.GetTypeObject().GetCodeValue() == "108369006"
    assert entry.GetRegionObject().GetCodeValue() == "10200004"


def test_a_file_that_can_not_be_written_leaves_the_older_one(labels: Volume, tmp_path: Path) -> None:
    folder = tmp_path / "a.seg.nrrd"
    folder.mkdir()
    with pytest.raises(UnusableInputError, match="is a folder"):
        write_plain_seg_nrrd(labels, folder)
    assert list(tmp_path.iterdir()) == [folder]
