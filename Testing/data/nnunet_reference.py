"""Make ``reference/nnunet`` anew: short trainings by nnU-Net itself, and the labels that its own predictor draws.

``PYTHONPATH=LightMSegmentation python -m Testing.data.nnunet_reference`` where nnunetv2 is installed; some minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from Testing.data.nnunet_dataset import NAME, TUMOR_DIAMETERS_MM, write_dataset
from Testing.data.phantom import abdomen_phantom

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "Testing" / "data" / "reference" / "nnunet"
TRAINING = Path(__file__).with_name("nnunet_training.py")
FOLDS = {"3d_fullres": 2, "2d": 1}
IMAGES = {
    "plain": {"seed": 20, "spacing": (7.0, 6.5, 9.0)},
    "thick": {"seed": 21, "spacing": (3.8, 4.0, 11.9), "field_of_view": (190.0, 180.0, 202.0)},
}
TURNED = {"transpose_forward": [1, 2, 0], "transpose_backward": [2, 0, 1]}
PICTURE = {"spacing": [1.3, 1.3], "normalization_schemes": ["ZScoreNormalization"]}


def main() -> None:
    """Train, predict, and replace the reference."""
    with tempfile.TemporaryDirectory() as temporary:
        write_images(Path(temporary))
        for configuration, folds in FOLDS.items():
            folder = Path(temporary) / configuration
            write_dataset(folder / "raw" / NAME, [])
            shutil.copytree(Path(temporary) / "images", folder / "raw" / NAME / "imagesTs")
            run(folder, configuration, folds)
            keep_training(next(folder.glob("results/*/*")), REFERENCE / configuration)
            keep_labels(folder / "predicted", f"{configuration}-plain")
            if configuration == "3d_fullres":
                change_plans(folder, TURNED, {})
                run(folder, configuration, 0)
                keep_labels(folder / "predicted", f"{configuration}-turned")
            else:
                for scan in folder.glob("raw/*/imagesTs/*.nii.gz"):
                    scan.unlink()
                shutil.copy(REFERENCE / "images" / "picture.png", folder / "raw" / NAME / "imagesTs")
                change_plans(folder, {}, PICTURE)
                run(folder, configuration, 0)
                shutil.copy(folder / "predicted" / "picture.png", REFERENCE / "picture-labels.png")


def write_images(folder: Path) -> None:
    """Write the phantoms that are segmented, for the predictor and for the reference."""
    import SimpleITK as sitk

    (folder / "images").mkdir()
    for name, settings in IMAGES.items():
        hu, _ = abdomen_phantom(tumor_diameters=TUMOR_DIAMETERS_MM, **settings)
        for path in (folder / "images" / f"{name}_0000.nii.gz", REFERENCE / "images" / f"{name}.nii.gz"):
            sitk.WriteImage(hu.to_image(), str(path))


def run(folder: Path, configuration: str, folds: int) -> None:
    """Train as many folds, and predict, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "LightMSegmentation"), str(ROOT)])}
    command = [sys.executable, str(TRAINING), str(folder), configuration, str(folds)]
    subprocess.run(command, env=environment, check=True, cwd=folder)


def change_plans(folder: Path, top: dict, configuration: dict) -> None:
    """Change the plans of a finished training: nnU-Net's predictor then prepares images otherwise."""
    path = next(folder.glob("results/*/*/plans.json"))
    plans = json.loads(path.read_text())
    plans |= top
    plans["configurations"][path.parent.name.rpartition("__")[2]] |= configuration
    path.write_text(json.dumps(plans))


def keep_training(results: Path, target: Path) -> None:
    """Keep plans and checkpoints, without the optimizer's state and whatever names this computer."""
    for path in sorted(results.glob("fold_*/checkpoint_final.pth")):
        content = torch.load(path, map_location="cpu", weights_only=False)
        (target / path.parent.name).mkdir(parents=True, exist_ok=True)
        arguments = {name: content["init_args"][name] for name in ("configuration", "fold", "device")}
        content |= {"optimizer_state": {"state": {}, "param_groups": []}, "init_args": arguments}
        torch.save(content, target / path.parent.name / path.name)
    for name in ("plans.json", "dataset.json"):
        (target / name).write_text(json.dumps(json.loads((results / name).read_text()), indent=1) + "\n")


def keep_labels(predicted: Path, name: str) -> None:
    """Keep the label maps under the names that the tests look for."""
    for path in sorted(predicted.glob("*.nii.gz")):
        shutil.copy(path, REFERENCE / "expected" / f"{name}-{path.name}")


if __name__ == "__main__":
    main()
