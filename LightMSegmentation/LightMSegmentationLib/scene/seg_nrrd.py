"""Label maps as Slicer segmentations in files (``.seg.nrrd``), written by Slicer's own storage node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError, ResourceError
from LightMSegmentationLib.imaging.atomic import atomic_path, ensure_writable
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.scene.segments import LiverExtent, write_segments
from LightMSegmentationLib.scene.volume_node import add_volume_node

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume

UNKNOWN = Provenance()


def write_seg_nrrd(
    labels: Volume, path: Path, provenance: Provenance = UNKNOWN, liver: LiverExtent = LiverExtent.ORGAN
) -> None:
    """Write labels (0 background, 1 liver, 2 tumor) as the segments ``liver`` and ``liver tumor``, whole or not at all.

    The scene that Slicer's writer needs is made for it and dropped again.

    Raises
    ------
    ModelError
        When the package slicer-core is not installed.
    UnusableInputError, ResourceError
        When the file can't be written.
    """
    try:
        import slicer
    except ModuleNotFoundError as error:
        cause = "Writing .seg.nrrd needs the package slicer-core, which is not installed."
        advice = "Install lightm-segmentation[scene], or name an output that ends in .nii.gz, .nrrd or .mha."
        raise ModelError(cause, advice) from error
    ensure_writable(path)  # Slicer's writer tells no reason: what still fails after this is for want of room
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)  # registers what converts between the representations of segments
    volume_node = add_volume_node(scene, labels, "scan")
    node = write_segments(None, volume_node, labels, provenance, liver=liver)
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetUseCompression(True)
    with atomic_path(path) as temporary:
        storage.SetFileName(str(temporary))
        if not storage.WriteData(node):
            cause = f"{path} could not be written completely: the disk is full."
            raise ResourceError(cause, "Free some space or write elsewhere.")
