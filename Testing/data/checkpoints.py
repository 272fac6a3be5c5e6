"""Checkpoints as users own them, tiny: of VM-UNet, of nnU-Net's trainer, of others, and a malicious one."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from LightMSegmentationLib.inference.model_card import CLASSES, NetworkPlan, StagePlan
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.vm_unet import VMUNet
from LightMSegmentationLib.network.weights import sha256_of
from safetensors.torch import save_file

VM_UNET = {"depths": (1, 1), "depths_decoder": (1, 1), "dims": (16, 32)}


class RunsCode:
    """An object whose unpickling makes a file: what a malicious checkpoint does instead of something worse."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.trace),)


def write_malicious(path: Path, trace: Path) -> Path:
    """Write VM-UNet's weights together with an object that makes ``trace`` when it is unpickled."""
    torch.save({"model_state_dict": vm_unet(1).state_dict(), "epoch": RunsCode(trace)}, path)
    return path


def vm_unet(classes: int, seed: int = 0) -> VMUNet:
    torch.manual_seed(seed)
    return VMUNet(out_channels=classes, **VM_UNET).eval()


def write_vm_unet(path: Path, classes: int = 1) -> Path:
    """Write what the authors' training calls best.pth: the state dict alone."""
    torch.save(vm_unet(classes).state_dict(), path)
    return path


def lightm_unet(dims: int, classes: int, seed: int = 0, in_channels: int = 1) -> LightMUNet:
    torch.manual_seed(seed)
    return LightMUNet(dims, in_channels, classes, 8, (1, 1, 1), (1, 1)).eval()


def write_own_model(folder: Path, seed: int = 0) -> Path:
    """Write what our own training leaves, a card and weights, with random weights; return the card."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(lightm_unet(3, 3, seed=seed).state_dict(), folder / "own.safetensors")
    network = NetworkPlan(3, 1, 3, 8, (1, 1, 1), (1, 1))
    hashed = sha256_of(folder / "own.safetensors")
    plan = StagePlan(network, (6.0, 6.0, 6.0), (-40.0, 200.0), (16, 16, 16), 0.25, "own.safetensors", hashed)
    card = {"format": 1, "name": "own", "version": "1", "license": "CC0-1.0", "classes": CLASSES}
    (folder / "own.json").write_text(json.dumps({**card, "stages": {"coarse": asdict(plan)}}))
    return folder / "own.json"


def write_result_folder(
    folder: Path, configuration: str = "3d_fullres", folds: tuple[str, ...] = ("0",), name: str = "checkpoint_final.pth"
) -> Path:
    """Write a folder in the layout of nnU-Net v2, with everything that its checkpoints hold besides weights."""
    dims = 2 if configuration == "2d" else 3
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plans.json").write_text(json.dumps(plans(configuration)))
    (folder / "dataset.json").write_text(json.dumps(DATASET))
    for number, fold in enumerate(folds):
        (folder / f"fold_{fold}").mkdir()
        torch.save(
            {
                "network_weights": lightm_unet(dims, 3, seed=number).state_dict(),
                "optimizer_state": {"state": {}, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.999)}]},
                "grad_scaler_state": None,
                "logging": {"mean_fg_dice": [np.float64(0.5), np.float32(0.25)], "epoch": [np.int64(3)]},
                "_best_ema": np.float64(0.75),
                "current_epoch": 1000,
                "init_args": {"configuration": configuration, "fold": number, "device": torch.device("cpu")},
                "trainer_name": "nnUNetTrainerLightMUNet",
                "inference_allowed_mirroring_axes": tuple(range(dims)),
            },
            folder / f"fold_{fold}" / name,
        )
    return folder


DATASET = {
    "channel_names": {"0": "CT"},
    "labels": {"background": 0, "liver": 1, "tumor": 2},
    "numTraining": 5,
    "file_ending": ".nii.gz",
}


def plans(configuration: str) -> dict[str, Any]:
    """Return plans as nnU-Net writes them, as far as prediction needs them, with its axes turned."""
    resampling = {
        f"resampling_fn_{what}": "resample_data_or_seg_to_shape" for what in ("data", "seg", "probabilities")
    } | {
        "resampling_fn_data_kwargs": {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None},
        "resampling_fn_probabilities_kwargs": {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None},
    }
    flat = configuration == "2d"
    settings = {
        "spacing": [6.0, 6.0] if flat else [10.0, 6.0, 6.0],
        "patch_size": [32, 48] if flat else [16, 32, 48],
        "normalization_schemes": ["CTNormalization"],
        "use_mask_for_norm": [False],
        **resampling,
    }
    intensities = {"mean": 90.0, "std": 40.0, "percentile_00_5": -60.0, "percentile_99_5": 190.0}
    return {
        "dataset_name": "Dataset801_LiverCT",
        "transpose_forward": [1, 0, 2],
        "transpose_backward": [1, 0, 2],
        "foreground_intensity_properties_per_channel": {"0": intensities},
        "configurations": {configuration: settings},
    }
