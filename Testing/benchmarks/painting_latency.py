"""How long the review page takes to show what the brush does, in a real Chromium on the same machine.

``python -m Testing.benchmarks.painting_latency SCAN [--picture F.png]``. Opens a scan, segments it, paints tumor in the
axial view, and gives the milliseconds on the clock from a movement of the pressed mouse to the next picture of that
view in the browser.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from Testing.review.browser import Reviewer, chromium, serving

STROKES = 12
TUMOR = 1

_WATCH = """
window.latencies = [];
let moved = null;
const view = document.querySelector(".layout-grid-item");
view.addEventListener("pointermove", (event) => {
  if (event.buttons && moved === null) moved = performance.now();
}, true);
view.querySelector("img").addEventListener("load", () => {
  if (moved !== null) { window.latencies.push(performance.now() - moved); moved = null; }
});
"""


def main() -> None:
    """Measure, and write median, ninth tenth and longest to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--picture", type=Path, help="where to keep a picture of the page at the end")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache, serving(Path(cache), str(arguments.scan.resolve())) as server:
        latencies = _painted(server.address, arguments.picture)
    ordered = sorted(latencies)
    figures = statistics.median(ordered), ordered[int(0.9 * len(ordered))], ordered[-1]
    median, tenth, longest = (f"{figure:.0f} ms" for figure in figures)
    sys.stdout.write(f"{len(ordered)} pictures: median {median}, nine of ten below {tenth}, longest {longest}\n")


def _painted(address: str, picture: Path | None) -> list[float]:
    with chromium() as driver:
        reviewer = Reviewer(driver, address)
        reviewer.waits_for_scan()
        reviewer.clicks("#segment")
        reviewer.waits(lambda: reviewer.sees("RunState__is_running"))
        reviewer.waits(lambda: reviewer.sees("CaseState__has_prediction") and not reviewer.sees("RunState__is_running"))
        reviewer.takes("paint", TUMOR)
        driver.execute_script(_WATCH)
        for number in range(STROKES):
            reviewer.strokes((-150, -80 + 8 * number), (12, 3), steps=8)
        reviewer.waits(lambda: reviewer.sees("CaseState__is_edited"))
        if picture is not None:
            driver.save_screenshot(str(picture))
        return driver.execute_script("return window.latencies")


if __name__ == "__main__":
    main()
