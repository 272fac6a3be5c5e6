"""Time and memory of ``lightm segment`` over the number of voxels of a phantom.

``python -m Testing.benchmarks.segmentation_curve PICTURE [--largest VOXELS]``. All phantoms show the same 384 x 384 x
300 mm: what grows is the scan, not the patient. Needs matplotlib, of the extra ``train``.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import SimpleITK as sitk
from LightMSegmentationLib.benchmark.segmentation import segmentation_figures
from LightMSegmentationLib.benchmark.table import machine, markdown

from Testing.data.phantom import abdomen_phantom

if TYPE_CHECKING:
    from LightMSegmentationLib.benchmark.comparison import Figures

FIELD_MM = (384.0, 384.0, 300.0)
SIZES = ((64, 64, 64), (128, 128, 128), (256, 256, 128), (512, 512, 119), (512, 512, 300), (512, 512, 600))


def main() -> None:
    """Segment phantoms of growing size, write tables to standard output and the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--largest", type=float, default=math.inf, help="leave out sizes with more voxels")
    arguments = parser.parse_args()
    sizes = [size for size in SIZES if math.prod(size) <= arguments.largest]
    measured = {size: _measured(size) for size in sizes}
    sys.stdout.write(f"{machine()}\n")
    _draw(measured, arguments.picture)


def _measured(size: tuple[int, int, int]) -> list[Figures]:
    spacing = tuple(extent / count for extent, count in zip(FIELD_MM, size, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phantom.nii"
        volume, _ = abdomen_phantom(spacing=spacing, field_of_view=FIELD_MM)
        sitk.WriteImage(volume.to_image(), str(path))
        del volume
        figures = segmentation_figures(path)
    title = " x ".join(str(count) for count in size)
    sys.stdout.write(f"{markdown(title, figures)}\n\n")
    sys.stdout.flush()
    return figures


def _draw(measured: dict[tuple[int, int, int], list[Figures]], path: Path) -> None:
    from matplotlib.figure import Figure

    voxels = [math.prod(size) / 1e6 for size in measured]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    seconds, memory = figure.subplots(1, 2)
    for mode in range(2):
        rows = [figures[mode] for figures in measured.values()]
        label = rows[0].name.rpartition(" ")[2]
        seconds.plot(voxels, [row.cpu_s for row in rows], "o-", label=label)
        memory.plot(voxels, [row.peak_mb / 1e3 for row in rows], "o-", label=label)
    for axes, what in ((seconds, "processor seconds"), (memory, "peak memory, GB")):
        axes.set(xlabel="million voxels", ylabel=what, xlim=(0, None), ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend(title="mode", frameon=False)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
