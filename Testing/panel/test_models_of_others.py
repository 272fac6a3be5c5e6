"""Models that others made, run by a click: the real worker computes, and their classes become segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.model_manager.add import AddOptions, add_model

from Testing.data.checkpoints import write_vm_unet
from Testing.panel.conftest import ROOT
from Testing.panel.harness.running_slicer import RunningSlicer, wait_until

REFERENCE = ROOT / "Testing" / "data" / "reference" / "nnunet"
SECONDS = 400


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's models folder, with nnU-Net's results of two folds and a VM-UNet of nine classes."""
    folder = tmp_path / "models"
    monkeypatch.setenv("LIGHTM_MODELS", str(folder))
    add_model(REFERENCE / "3d_fullres", AddOptions("theirs", license="CC0-1.0"))
    add_model(write_vm_unet(tmp_path / "organs.pth", classes=9), AddOptions("organs", license="CC0-1.0"))
    return folder


@pytest.fixture
def widget(running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module's widget, with a phantom in the scene and workers that compute with networks."""
    monkeypatch.delenv("LIGHTM_WORKER_OPTIONS")
    import slicer

    scan = Volume.of_image(sitk.ReadImage(str(REFERENCE / "images" / "plain.nii.gz")))
    slicer.util.addVolumeFromArray(scan.array, ijkToRAS=scan.grid.index_to_ras, name="phantom")
    return running_slicer.open_module()


def click_with(widget: Any, model: str) -> Any:
    """Choose a model, click, wait for the end, and return the segmentation node."""
    widget.ui.modelComboBox.setCurrentIndex(widget.ui.modelComboBox.findData(model))
    widget.ui.applyButton.click()
    assert wait_until(lambda: not widget.panel.isRunning, SECONDS)
    assert widget.ui.messageFrame.isHidden(), widget.ui.messageTitleLabel.text
    return widget.ui.outputSelector.currentNode()


def voxels_of(node: Any, segment_id: str) -> np.ndarray:
    """Return a segment's voxels (bool, k, j, i) on the scan's grid."""
    import slicer

    volume = slicer.mrmlScene.GetFirstNodeByName("phantom")
    return slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, volume) > 0


def test_results_of_nnunet_become_the_segments_that_nnunets_own_predictor_drew(widget: Any) -> None:
    node = click_with(widget, "theirs")

    expected = sitk.GetArrayFromImage(sitk.ReadImage(str(REFERENCE / "expected" / "3d_fullres-plain-plain.nii.gz")))
    for segment_id, true in (("liver", expected > 0), ("liver_tumor", expected == 2)):
        drawn = voxels_of(node, segment_id)
        assert np.count_nonzero(drawn != true) <= 0.001 * np.count_nonzero(drawn | true)
    assert widget.ui.lesionTable.rowCount >= 1


def test_a_vm_unet_of_organs_gives_their_segments_and_no_lesions(widget: Any) -> None:
    segmentation = click_with(widget, "organs").GetSegmentation()

    names = [segmentation.GetNthSegment(number).GetName() for number in range(segmentation.GetNumberOfSegments())]
    assert names
    assert "liver tumor" not in names
    assert widget.ui.lesionTable.rowCount == 0
