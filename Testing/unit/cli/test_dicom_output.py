"""Results as DICOM files from the command line."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pydicom
import pytest
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.imaging.read import read_volume

from Testing.data.dicom_files import write_series

if TYPE_CHECKING:
    from pathlib import Path

    from Testing.unit.cli.conftest import Phantom


SOME_FAILED = 10


@pytest.fixture
def study(phantom: Phantom, tmp_path: Path) -> Path:
    """Return a folder with the phantom as a DICOM series."""
    return write_series(tmp_path / "study", phantom.hu)


def test_one_run_writes_segmentation_report_and_structures(
    study: Path, phantom: Phantom, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seg, sr, rt = (tmp_path / f"{name}.dcm" for name in ("seg", "sr", "rt"))
    words = ["segment", study, "-o", seg, "--sr", sr, "--rtstruct", rt, "--mode", "fast", "--model", model]
    assert main([str(word) for word in words]) == 0
    assert f"Wrote sr: {sr}" in capsys.readouterr().out
    segmentation = highdicom.seg.segread(seg)
    uids = [part.instance_uid for part in read_volume(study).dicom.slices]
    masks = segmentation.get_pixels_by_source_instance(uids, assert_missing_frames_are_empty=True)
    found, true = masks[..., 0] > 0, phantom.labels.array > 0
    assert 2 * np.count_nonzero(found & true) / (np.count_nonzero(found) + np.count_nonzero(true)) > 0.5
    assert segmentation.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0].AlgorithmName == "tiny"
    liver = highdicom.sr.srread(sr).content.get_volumetric_roi_measurement_groups()[0]
    (volume,) = liver.get_measurements()
    assert volume.value == pytest.approx(np.count_nonzero(found) * phantom.hu.grid.voxel_volume_ml, abs=1e-3)
    assert pydicom.dcmread(rt).StructureSetROISequence[0].ROIName == "liver"
    studies = {pydicom.dcmread(path).StudyInstanceUID for path in (seg, sr, rt)}
    assert len(studies) == 1


@pytest.mark.parametrize(
    "outputs", [("-o", "out.dcm"), ("-o", "out.nii.gz", "--sr", "sr.dcm"), ("-o", "out.nrrd", "--rtstruct", "rt.dcm")]
)
def test_a_scan_that_is_no_dicom_ends_with_2_and_one_sentence(
    outputs: tuple[str, ...],
    phantom: Phantom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["segment", str(phantom.path), *outputs]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "lightm: 'scan.nii.gz' is not DICOM, and a DICOM result refers to the slices it was made from."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_ends_with_4_and_how_to_install_it(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "highdicom" else installed(name))
    assert main(["segment", str(study), "-o", str(tmp_path / "out.dcm")]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert 'not installed: highdicom. Install them with: pip install "lightm-segmentation[dicom]"' in line


def test_without_a_liver_no_dicom_file_is_written(
    study: Path, blind_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = ["-o", str(tmp_path / "seg.dcm"), "--sr", str(tmp_path / "sr.dcm")]
    assert main(["segment", str(study), *outputs, "--mode", "fast", "--model", blind_model]) == 0
    assert "No liver found" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study"]


def test_a_batch_writes_a_segmentation_for_each_series_and_fails_what_is_no_dicom(
    study: Path, phantom: Phantom, model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (study / "copy.nii.gz").write_bytes(phantom.path.read_bytes())
    out = tmp_path / "out"
    words = ["batch", study, out, "--format", "dicom-seg", "--mode", "fast", "--model", model]
    assert main([str(word) for word in words]) == SOME_FAILED
    assert "is not DICOM, and a DICOM result refers to the slices it was made from." in capfd.readouterr().out
    assert highdicom.seg.segread(out / "study.seg.dcm").SegmentSequence[0].SegmentLabel == "liver"
