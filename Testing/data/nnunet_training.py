"""Train LightM-UNet with nnU-Net itself on phantoms, and predict with nnU-Net's own predictor.

``python nnunet_training.py FOLDER CONFIGURATION FOLDS`` writes into FOLDER, which holds phantoms as nnU-Net wants them
(raw/Dataset801_LiverCT): results/... with one checkpoint a fold, and predicted/ with a label map for every image. It
runs in a process of its own, because nnU-Net takes its folders from the environment.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

DATASET = 801
PATCHES = {"2d": [48, 64], "3d_fullres": [16, 32, 48]}


def main() -> None:
    """Plan, preprocess, train and predict."""
    folder, configuration, folds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    prepare_environment(folder)
    plan(folder, configuration)
    for fold in range(folds):
        train(configuration, fold)
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


def predict(folder: Path, configuration: str) -> None:
    import torch
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    results = next((folder / "results").glob(f"*/*__{configuration}"))
    predictor.initialize_from_trained_model_folder(str(results), use_folds=None)
    (folder / "predicted").mkdir(exist_ok=True)
    for image in sorted((folder / "raw").glob("*/imagesTs/*_0000.nii.gz")):
        channels, properties = SimpleITKIO().read_images([str(image)])
        name = image.name.removesuffix("_0000.nii.gz")
        predictor.predict_single_npy_array(channels, properties, None, str(folder / "predicted" / name), False)


if __name__ == "__main__":
    main()
