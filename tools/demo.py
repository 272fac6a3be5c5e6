"""`demo`: a real CT in, segments, lesion table and picture out."""

from __future__ import annotations

from tools.console import ProjectError, say
from tools.environment import ROOT
from tools.environment_setup import ENVIRONMENT, set_up
from tools.sample_ct import sample_ct

OUTPUT = ROOT / "out" / "demo"


def run() -> int:
    """Segment the sample CT and say where the results are."""
    set_up()
    scan = sample_ct(ENVIRONMENT)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    results = {
        "Segmentation": ("-o", OUTPUT / "liver.seg.nrrd"),
        "Lesion table": ("--table", OUTPUT / "lesions.csv"),
        "Picture": ("--preview", OUTPUT / "preview.png"),
        "Report": ("--report", OUTPUT / "report.json"),
    }
    options = [part for pair in results.values() for part in pair]
    status = ENVIRONMENT.run("-m", "LightMSegmentationLib.cli.main", "segment", scan, *options, "--mode", "full")
    if status:
        msg = "The demo stopped; the reason is above."
        raise ProjectError(msg)
    say(f"\nSample CT:    {scan}")
    for title, (_, path) in results.items():
        if path.exists():
            say(f"{title + ':':13} {path}")
    say("\nDrag the CT and the segmentation into 3D Slicer to look at them.")
    return 0
