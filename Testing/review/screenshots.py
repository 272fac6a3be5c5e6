"""The pictures of the review page in README and docs, in a real Chromium.

``python -m Testing.review.screenshots SCAN FOLDER``: SCAN is segmented by the weights that ship. The other pictures
show phantoms, whose lesions and confidences are given, so that there is something to decide and to correct.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.measurement.volumes import segment_volumes
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR
from scipy import ndimage

from Testing.data.phantom import abdomen_phantom
from Testing.review.browser import Reviewer, chromium, serving

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.progress import Monitor

TUMOR = 1
"""Its place in the list of segments."""

_PHANTOMS = 3
_SECONDS_TO_DRAW = 3.0
_STROKES = (-12, -6, 0, 6, 12)
_GREEN = 20
_MODEL = "phantoms"


def main() -> None:
    """Write ``review-segmented.png``, ``review-queue.png`` and ``review-compared.png``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    show_segmented_scan(arguments.scan, arguments.folder)
    show_queue(arguments.folder)


def show_segmented_scan(scan: Path, folder: Path, *options: str) -> None:
    """Write the picture of a scan that was segmented in the page; ``options`` are those of ``lightm review``."""
    with (
        tempfile.TemporaryDirectory() as cache,
        serving(Path(cache), str(scan.resolve()), *options) as server,
        chromium() as driver,
    ):
        reviewer = Reviewer(driver, server.address)
        reviewer.waits_for_scan()
        reviewer.clicks("#segment")
        reviewer.waits(lambda: reviewer.sees("RunState__is_running"))
        reviewer.waits(lambda: reviewer.sees("CaseState__has_prediction") and not reviewer.sees("RunState__is_running"))
        reviewer.driver.execute_script("window.trame.state.set('MessageState__shown', false)")
        _write(reviewer, folder / "review-segmented.png")


def show_queue(folder: Path, spacing: tuple[float, float, float] = (2.0, 2.0, 2.5)) -> None:
    """Write the pictures of a case of a queue, and of the same case once its first lesion was enlarged."""
    with tempfile.TemporaryDirectory() as temporary:
        batch = write_batch(Path(temporary), spacing)
        with serving(Path(temporary) / "cache", "--queue", str(batch)) as server, chromium() as driver:
            reviewer = Reviewer(driver, server.address)
            reviewer.waits_for_scan()
            reviewer.waits(lambda: reviewer.sees("CaseState__lesions"))
            reviewer.presses("n")
            _write(reviewer, folder / "review-queue.png")
            x, y = tumor_in(reviewer.pixels())
            reviewer.takes("paint", TUMOR)
            for lower in _STROKES:
                reviewer.strokes((x, y + lower), (10, 0), steps=4)
            reviewer.waits(lambda: reviewer.sees("CaseState__is_edited"))
            reviewer.presses("p")
            reviewer.waits(lambda: reviewer.sees("SavingState__kept"))
            _write(reviewer, folder / "review-compared.png")


def _write(reviewer: Reviewer, path: Path) -> None:
    """Write the page in the dark, whatever the browser of this computer prefers."""
    reviewer.driver.execute_script("window.trame.state.set('LookState__theme', 'dark')")
    reviewer.rests(_SECONDS_TO_DRAW)
    path.parent.mkdir(parents=True, exist_ok=True)
    reviewer.driver.save_screenshot(str(path))


def tumor_in(pixels: np.ndarray) -> tuple[int, int]:
    """Return the middle of the largest green area of a view (rows, columns, RGB), right of its center and below it."""
    colors = pixels.astype(int)
    areas, _ = ndimage.label(colors[..., 1] - np.maximum(colors[..., 0], colors[..., 2]) > _GREEN)
    largest = np.bincount(areas[areas > 0]).argmax()
    y, x = np.argwhere(areas == largest).mean(axis=0) - np.array(areas.shape) / 2
    return round(x), round(y)


def write_batch(folder: Path, spacing: tuple[float, float, float]) -> Path:
    """Write phantoms and a finished batch of them; return its output folder."""
    truths: dict[bytes, Volume] = {}
    (folder / "in").mkdir()
    for seed in range(_PHANTOMS):
        scan, labels = abdomen_phantom(seed=seed, spacing=spacing, tumor_diameters=(20.0, 45.0))
        truths[scan.array.tobytes()] = labels
        sitk.WriteImage(scan.to_image(), str(folder / "in" / f"phantom-{seed + 1}.nii.gz"))

    def segment(volume: Volume, settings: SegmentationSettings, _monitor: Monitor) -> SegmentationResult:
        labels = truths[volume.array.tobytes()]
        return SegmentationResult(
            labels, measure(labels, _confidence), (), (), "cpu", "none", settings.model, "1", {},
            volumes_ml=segment_volumes(labels, LIVER_AND_TUMOR),
        )  # fmt: skip

    settings = SegmentationSettings(model=_MODEL)
    for _ in run_batch(BatchOrder(folder / "in", folder / "out", settings, _MODEL), segment, SilentMonitor()):
        pass
    return folder / "out"


def _confidence(mask: np.ndarray, grid: Grid) -> float:
    """Be the surer the larger a lesion is: 0.5 of one of 1 mL, 0.95 of one of 50 mL."""
    volume = np.count_nonzero(mask) * grid.voxel_volume_ml
    return float(np.clip(0.5 + 0.115 * np.log(volume), 0.3, 0.95))


if __name__ == "__main__":
    main()
