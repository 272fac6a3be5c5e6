"""A picture of real and synthetic tumors, to be looked at: ``python -m ...training.tumor_sheet OUT.png``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.archive import load_archive
from LightMSegmentationLib.training.intensity import WINDOW_HU, decode
from LightMSegmentationLib.training.places import archive_path
from LightMSegmentationLib.training.synthetic_tumor import grow_tumors
from LightMSegmentationLib.training.targets import LIVER, TUMOR

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import Archive

_TILE = 64
_COLUMNS = 8
_ROWS = 3

Tile = tuple[np.ndarray, np.ndarray]


def draw_sheet(archive: Archive, path: Path, seed: int = 0, phase: str = "") -> None:
    """Draw rows of real tumors, then of synthetic ones in scans of a phase, every other tile with the tumor's outline.

    Real tumors are patients' data: keep the picture out of the repository.
    """
    from matplotlib.figure import Figure

    rng = np.random.default_rng(seed)
    count = _COLUMNS * _ROWS
    tiles = [_real(archive, rng) for _ in range(count)] + [_synthetic(archive, phase, rng) for _ in range(count)]
    figure = Figure(figsize=(2 * _COLUMNS, 4.2 * _ROWS), layout="constrained")
    axes = figure.subplots(2 * _ROWS, _COLUMNS)
    for number, (axis, (hu, tumor)) in enumerate(zip(axes.flat, tiles, strict=True)):
        axis.imshow(hu, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1])
        if number % 2:
            axis.contour(tumor, levels=[0.5], colors="red", linewidths=0.7)
        axis.set_title("real" if number < count else "synthetic", fontsize=7)
        axis.axis("off")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)


def _real(archive: Archive, rng: np.random.Generator) -> Tile:
    cases = [case for case in archive.split("train") if (case.target == TUMOR).any()]
    case = cases[rng.integers(len(cases))]
    lesions, count = ndimage.label(case.target == TUMOR)
    spots = np.argwhere(lesions == rng.integers(1, count + 1))
    return _tile(decode(case.image), case.target, spots[len(spots) // 2])


def _synthetic(archive: Archive, phase: str, rng: np.random.Generator) -> Tile:
    cases = [
        case
        for case in archive.split("train")
        if (case.target >= LIVER).any() and not (case.target == TUMOR).any() and phase in case.phase
    ]
    case = cases[rng.integers(len(cases))]
    spacing_kji = np.array(archive.spacing_mm[::-1])
    hu, target = grow_tumors(decode(case.image), case.target, spacing_kji, case.phase, rng)
    spots = np.argwhere(target == TUMOR)
    return _tile(hu, target, spots[len(spots) // 2])


def _tile(hu: np.ndarray, target: np.ndarray, spot: np.ndarray) -> Tile:
    half = _TILE // 2
    rows, columns = (slice(max(0, middle - half), middle + half) for middle in spot[1:])
    return hu[spot[0], rows, columns], target[spot[0], rows, columns] == TUMOR


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--archive", default="fine", help="name of the packed archive")
    parser.add_argument("--phase", default="", help="of the scans that synthetic tumors are grown in, such as arterial")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw_sheet(load_archive(archive_path(arguments.archive)), arguments.output, arguments.seed, arguments.phase)


if __name__ == "__main__":
    main()
