"""The papers' two-dimensional datasets in the layouts in which they are handed out, tiny, with drawn pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from Testing.data.photos import skin_photo, write_mask_file, write_photo


def write_isic(folder: Path, train: int = 8, validation: int = 2) -> Path:
    """Write dark spots on skin in the layout of VM-UNet's authors."""
    for part, count, first in (("train", train, 0), ("val", validation, 100)):
        for number in range(first, first + count):
            pixels, mask = skin_photo(48, 64, seed=number)
            write_photo(folder / part / "images" / f"ISIC_{number:07}.jpg", pixels)
            write_mask_file(folder / part / "masks" / f"ISIC_{number:07}.png", mask)
    return folder


def write_montgomery(folder: Path, count: int = 10) -> Path:
    """Write gray pictures with two dark lungs, each with a mask of its own."""
    rows, columns = np.mgrid[:64, :72]
    for number in range(count):
        rng = np.random.default_rng(number)
        pixels = rng.normal(180, 5, (64, 72))
        for side, center in (("left", 20), ("right", 52)):
            lung = ((rows - 32 - rng.integers(-3, 4)) / 22) ** 2 + ((columns - center) / 11) ** 2 < 1
            pixels[lung] -= 120
            write_mask_file(folder / "ManualMask" / f"{side}Mask" / f"MCUCXR_{number:04}_0.png", lung)
        gray = pixels.clip(0, 255).astype(np.uint8)
        write_photo(folder / "CXR_png" / f"MCUCXR_{number:04}_0.png", gray)
    return folder


def write_synapse(folder: Path, count: int = 8) -> Path:
    """Write prepared slices with a bright square of two organs side by side, one patient for every two slices."""
    lists = folder / "lists" / "lists_Synapse"
    for place in (lists, folder / "train_npz"):
        place.mkdir(parents=True)
    names = []
    for number in range(count):
        rng = np.random.default_rng(number)
        label = np.zeros((40, 40), np.uint8)
        row, column = rng.integers(4, 16, 2)
        label[row : row + 20, column : column + 10], label[row : row + 20, column + 10 : column + 20] = 5, 7
        image = np.select([label == 5, label == 7], [0.6, 0.9], 0.2) + rng.normal(0, 0.02, label.shape)
        names.append(f"case{number // 2:04}_slice{number:03}")
        np.savez(folder / "train_npz" / f"{names[-1]}.npz", image=image.clip(0, 1), label=label)
    (lists / "train.txt").write_text("\n".join(names) + "\n")
    return folder
