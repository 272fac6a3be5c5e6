"""Phantoms in the layout in which nnU-Net takes its data."""

from __future__ import annotations

import json
from pathlib import Path

import SimpleITK as sitk

from Testing.data.phantom import abdomen_phantom

NAME = "Dataset801_LiverCT"
TRAINING_SPACING = (6.0, 6.0, 10.0)
TUMOR_DIAMETERS_MM = (30.0, 60.0)
TRAINING_CASES = 5
"""As many as nnU-Net's folds need."""


def write_dataset(dataset: Path, test_spacings: list[tuple[float, float, float]]) -> None:
    """Write training phantoms, and test phantoms of other spacings."""
    for seed in range(TRAINING_CASES):
        write_case(dataset, "Tr", seed, TRAINING_SPACING)
    for number, spacing in enumerate(test_spacings):
        write_case(dataset, "Ts", 20 + number, spacing)
    description = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "liver": 1, "tumor": 2},
        "numTraining": TRAINING_CASES,
        "file_ending": ".nii.gz",
    }
    (dataset / "dataset.json").write_text(json.dumps(description))


def write_case(dataset: Path, part: str, seed: int, spacing: tuple[float, float, float]) -> None:
    """Write one phantom and its labels."""
    hu, labels = abdomen_phantom(seed=seed, spacing=spacing, tumor_diameters=TUMOR_DIAMETERS_MM)
    for volume, folder, suffix in ((hu, f"images{part}", "_0000"), (labels, f"labels{part}", "")):
        (dataset / folder).mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(volume.to_image(), str(dataset / folder / f"liver_{seed:03}{suffix}.nii.gz"))
