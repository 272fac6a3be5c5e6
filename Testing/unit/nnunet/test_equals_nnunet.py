"""A model trained with nnU-Net gives the labels that nnU-Net's own predictor gives."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.data.phantom import abdomen_phantom

if importlib.util.find_spec("nnunetv2") is None:
    pytest.skip("nnunetv2 is not installed: pip install '.[nnunet]'", allow_module_level=True)

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
    write_dataset(folder / "raw" / "Dataset801_LiverCT", scenario["spacings"])
    command = [sys.executable, str(TRAINING), str(folder), request.param, str(scenario["folds"])]
    environment = {**_environment(), "PYTHONPATH": f"{ROOT / 'LightMSegmentation'}:{ROOT}"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)
    assert run.returncode == 0, run.stderr[-3000:]
    images = tuple(sorted(folder.glob("raw/*/imagesTs/*_0000.nii.gz")))
    return Trained(next(folder.glob("results/*/*")), images, tuple(sorted((folder / "predicted").glob("*.nii.gz"))))


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


def write_dataset(dataset: Path, test_spacings: list[tuple[float, float, float]]) -> None:
    """Write five training phantoms, as many as nnU-Net's folds need, and test phantoms of other spacings."""
    for seed in range(5):
        write_case(dataset, "Tr", seed, (6.0, 6.0, 10.0))
    for number, spacing in enumerate(test_spacings):
        write_case(dataset, "Ts", 20 + number, spacing)
    description = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "liver": 1, "tumor": 2},
        "numTraining": 5,
        "file_ending": ".nii.gz",
    }
    (dataset / "dataset.json").write_text(json.dumps(description))


def write_case(dataset: Path, part: str, seed: int, spacing: tuple[float, float, float]) -> None:
    hu, labels = abdomen_phantom(seed=seed, spacing=spacing, tumor_diameters=(30.0, 60.0))
    for volume, folder, suffix in ((hu, f"images{part}", "_0000"), (labels, f"labels{part}", "")):
        (dataset / folder).mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(volume.to_image(), str(dataset / folder / f"liver_{seed:03}{suffix}.nii.gz"))


def test_labels_equal_those_of_nnunets_own_predictor(trained: Trained, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    torch.set_num_threads(1)
    assert main(["models", "add", str(trained.results), "--name", "theirs"]) == 0
    assert trained.images

    for image, expected in zip(trained.images, trained.predicted, strict=True):
        ours = tmp_path / "ours.nii.gz"
        assert main(["segment", str(image), "--model", "theirs", "-o", str(ours)]) == 0

        found, wanted = (sitk.GetArrayFromImage(sitk.ReadImage(str(path))) for path in (ours, expected))
        assert len(np.unique(wanted)) >= 2, "the training was too short to be worth a comparison"
        assert np.mean(found == wanted) >= 0.999
        foreground = (wanted > 0) | (found > 0)
        assert np.mean(found[foreground] == wanted[foreground]) >= 0.999
