"""Labels equal those that nnU-Net's own predictor drew for the same checkpoints, without nnU-Net being here.

``Testing/data/reference/nnunet`` holds what nnU-Net 2.8.1 left of short trainings on phantoms (the optimizer's state
left out), two phantoms, and its predictor's labels for them: with the plans as they are, and with the axes turned
(made by ``Testing/data/nnunet_reference.py``). One phantom's slices are three times as far apart as its pixels, so
that they are resampled by themselves.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.imaging.photo import read_mask
from LightMSegmentationLib.inference.any_model import load_any_model
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.model_manager.add import AddOptions, add_model

REFERENCE = Path(__file__).parents[2] / "data" / "reference" / "nnunet"
CASES = sorted(path.name.removesuffix(".nii.gz") for path in (REFERENCE / "expected").iterdir())


@pytest.fixture(autouse=True)
def _one_thread():
    """Compute with one thread: on a busy machine torch's threads wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("case", CASES)
def test_labels_are_those_of_nnunets_predictor(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration, plans, image = case.split("-")
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    folder = shutil.copytree(REFERENCE / configuration, tmp_path / "results")
    if plans == "turned":
        content = json.loads((folder / "plans.json").read_text())
        content |= {"transpose_forward": [1, 2, 0], "transpose_backward": [2, 0, 1]}
        (folder / "plans.json").write_text(json.dumps(content))
    card = add_model(folder, AddOptions("theirs"))
    scan = sitk.ReadImage(str(REFERENCE / "images" / f"{image}.nii.gz"))
    told: list[tuple[int, int]] = []

    model = load_any_model(SegmentationSettings(model=str(card))).predictor
    channels, spacing = sitk.GetArrayFromImage(scan)[None], scan.GetSpacing()[::-1]
    labels = model.labels_of_channels(channels, spacing, lambda done, total: told.append((done, total)))

    expected = sitk.GetArrayFromImage(sitk.ReadImage(str(REFERENCE / "expected" / f"{case}.nii.gz")))
    assert set(np.unique(expected)) == {0, 1, 2}, "liver and tumor must both be drawn to be compared"
    assert np.mean(labels == expected) >= 0.999
    for value in (1, 2):
        drawn = (labels == value) | (expected == value)
        assert np.count_nonzero(labels[drawn] != expected[drawn]) <= 0.001 * np.count_nonzero(drawn)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]


def test_labels_of_a_picture_are_those_of_nnunets_predictor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    folder = shutil.copytree(REFERENCE / "2d", tmp_path / "results")
    content = json.loads((folder / "plans.json").read_text())
    content["configurations"]["2d"] |= {"spacing": [1.3, 1.3], "normalization_schemes": ["ZScoreNormalization"]}
    (folder / "plans.json").write_text(json.dumps(content))
    add_model(folder, AddOptions("lungs"))
    mask = tmp_path / "mask.png"

    assert main(["segment", str(REFERENCE / "images" / "picture.png"), "--model", "lungs", "-o", str(mask)]) == 0

    found, expected = read_mask(mask), read_mask(REFERENCE / "picture-labels.png")
    assert len(np.unique(expected)) > 1
    assert np.mean(found == expected) >= 0.999
