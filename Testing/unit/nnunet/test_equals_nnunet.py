"""A model trained with nnU-Net gives the labels that nnU-Net's own predictor gives."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.data.nnunet_dataset import NAME, write_dataset
from Testing.data.system_tools import REQUIRE

if importlib.util.find_spec("nnunetv2") is None and "nnunetv2" not in os.environ.get(REQUIRE, ""):
    reason = "nnunetv2 is not installed: pip install '.[nnunet]'; test_reference.py holds what its predictor once drew"
    pytest.skip(reason, allow_module_level=True)

import torch
from LightMSegmentationLib.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
TRAINING = ROOT / "Testing" / "data" / "nnunet_training.py"
SCENARIOS = {
    # Of the test images, one has slices that are much further apart than its pixels.
    "3d_fullres": {"folds": 2, "spacings": [(7.0, 7.0, 9.0), (3.5, 3.7, 11.5)]},
    "2d": {"folds": 1, "spacings": [(6.5, 6.5, 12.0)]},
}


@dataclass(frozen=True)
class Trained:
    """What nnU-Net made: its result folder, images, and the label maps that its predictor drew."""

    results: Path
    images: tuple[Path, ...]
    predicted: tuple[Path, ...]


@pytest.fixture(scope="module", params=sorted(SCENARIOS))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train with nnU-Net on phantoms for a moment, and predict other phantoms with its predictor."""
    folder, scenario = tmp_path_factory.mktemp(request.param), SCENARIOS[request.param]
    write_dataset(folder / "raw" / NAME, scenario["spacings"])
    command = [sys.executable, str(TRAINING), str(folder), request.param, str(scenario["folds"])]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'LightMSegmentation'}:{ROOT}"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)
    assert run.returncode == 0, run.stderr[-3000:]
    images = tuple(sorted(folder.glob("raw/*/imagesTs/*_0000.nii.gz")))
    return Trained(next(folder.glob("results/*/*")), images, tuple(sorted((folder / "predicted").glob("*.nii.gz"))))


def test_labels_equal_those_of_nnunets_own_predictor(trained: Trained, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    torch.set_num_threads(1)
    assert main(["models", "add", str(trained.results), "--name", "theirs"]) == 0
    assert trained.images

    for image, expected in zip(trained.images, trained.predicted, strict=True):
        ours = tmp_path / "ours.nii.gz"
        assert main(["segment", str(image), "--model", "theirs", "-o", str(ours)]) == 0

        found, wanted = (sitk.GetArrayFromImage(sitk.ReadImage(str(path))) for path in (ours, expected))
        assert set(np.unique(wanted)) == {0, 1, 2}, "the training was too short: liver and tumor must both be drawn"
        assert np.mean(found == wanted) >= 0.999
        for value in (1, 2):
            drawn = (wanted == value) | (found == value)
            assert np.mean(found[drawn] == wanted[drawn]) >= 0.999
