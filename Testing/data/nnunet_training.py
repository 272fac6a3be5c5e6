"""Train LightM-UNet with nnU-Net itself on phantoms, and predict with nnU-Net's own predictor.

``python nnunet_training.py FOLDER CONFIGURATION FOLDS`` writes into FOLDER, which holds phantoms as nnU-Net wants them
(raw/Dataset801_LiverCT): results/... with one checkpoint a fold, and predicted/ with a label map for every image. With
no folds it predicts by the results that are there. It runs in a process of its own, because nnU-Net takes its folders
from the environment.

So short a training draws liver at best. For label maps with something of every class in them, the last layer's biases
are shifted afterwards: nnU-Net's predictor is then asked about networks that draw both.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

DATASET = 801
PATCHES = {"2d": [48, 64], "3d_fullres": [16, 32, 48]}
SHARES = {1: 0.06, 2: 0.02}
"""Of the voxels, what liver covers at least, and tumor, which takes from liver."""
LAST_BIAS = "conv_final.2.1.conv.bias"
PICTURE_SPACING = (999.0, 1.0, 1.0)
"""What nnU-Net takes for the spacing of a picture, which has none."""


def main() -> None:
    """Plan, preprocess, train and predict."""
    folder, configuration, folds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    prepare_environment(folder)
    if folds:
        plan(folder, configuration)
    for fold in range(folds):
        train(configuration, fold)
    if folds:
        draw_every_class(folder, configuration)
    predict(folder, configuration)


def prepare_environment(folder: Path) -> None:
    for name in ("raw", "preprocessed", "results"):
        (folder / name).mkdir(exist_ok=True)
        os.environ[f"nnUNet_{name}"] = str(folder / name)
    trainers = str(Path(__file__).with_name("nnunet_trainer"))
    os.environ.update(nnUNet_extTrainer=trainers, nnUNet_def_n_proc="1", nnUNet_compile="false")


def plan(folder: Path, configuration: str) -> None:
    """Let nnU-Net plan, make the patch small, and preprocess."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import (
        extract_fingerprints,
        plan_experiments,
        preprocess,
    )

    os.environ.update(nnUNet_n_proc_DA="1")  # planning wants at least one process, training is quicker with none
    extract_fingerprints([DATASET], num_processes=1)
    plan_experiments([DATASET])
    path = next((folder / "preprocessed").glob("*/nnUNetPlans.json"))
    plans = json.loads(path.read_text())
    plans["configurations"][configuration].update(patch_size=PATCHES[configuration], batch_size=2)
    path.write_text(json.dumps(plans))
    preprocess([DATASET], configurations=(configuration,), num_processes=(1,))


def train(configuration: str, fold: int) -> None:
    import torch
    from nnunetv2.run.run_training import get_trainer_from_args

    os.environ.update(nnUNet_n_proc_DA="0")
    torch.manual_seed(fold)
    trainer = get_trainer_from_args(
        str(DATASET), configuration, fold, "nnUNetTrainerLightMUNet", device=torch.device("cpu")
    )
    trainer.run_training()


def draw_every_class(folder: Path, configuration: str) -> None:
    """Shift the biases of liver, then of tumor, until they cover their shares of every test image's voxels.

    The shift is the same in every fold, so that it is that of the mean of their logits, too.
    """
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO

    predictor = predictor_of(folder, configuration)
    logits = []
    for image in sorted((folder / "raw").glob("*/imagesTs/*_0000.nii.gz")):
        channels, properties = SimpleITKIO().read_images([str(image)])
        _, probabilities = predictor.predict_single_npy_array(channels, properties, None, None, True)
        logits.append(np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)))
    shifts = np.zeros(len(logits[0]))
    for value, share in SHARES.items():
        behind = [np.delete(one, value, axis=0).max(axis=0) - one[value] for one in logits]
        shifts[value] = max(np.quantile(one, share) for one in behind)
        for one in logits:
            one[value] += shifts[value]
    for path in (folder / "results").glob(f"*/*__{configuration}/fold_*/checkpoint_final.pth"):
        shift_biases(path, shifts)


def shift_biases(path: Path, shifts: np.ndarray) -> None:
    """Add to the biases of a checkpoint's last layer."""
    import torch

    content = torch.load(path, map_location="cpu", weights_only=False)
    content["network_weights"][LAST_BIAS] += torch.from_numpy(shifts).to(content["network_weights"][LAST_BIAS].dtype)
    torch.save(content, path)


def predictor_of(folder: Path, configuration: str):
    """Return nnU-Net's own predictor with all folds of the training."""
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    results = next((folder / "results").glob(f"*/*__{configuration}"))
    predictor.initialize_from_trained_model_folder(str(results), use_folds=None)
    return predictor


def predict(folder: Path, configuration: str) -> None:
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO
    from PIL import Image

    predictor = predictor_of(folder, configuration)
    (folder / "predicted").mkdir(exist_ok=True)
    for image in sorted((folder / "raw").glob("*/imagesTs/*_0000.nii.gz")):
        channels, properties = SimpleITKIO().read_images([str(image)])
        name = image.name.removesuffix("_0000.nii.gz")
        predictor.predict_single_npy_array(channels, properties, None, str(folder / "predicted" / name), False)
    for image in sorted((folder / "raw").glob("*/imagesTs/*.png")):
        gray = np.asarray(Image.open(image).convert("RGB"), dtype=np.float32).mean(axis=2)[None, None]
        labels = predictor.predict_single_npy_array(gray, {"spacing": PICTURE_SPACING}, None, None, False)
        Image.fromarray(labels[0].astype(np.uint8)).save(folder / "predicted" / image.name)


if __name__ == "__main__":
    main()
