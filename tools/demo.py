"""`demo`: a real CT in, segments, lesion table and picture out."""

from __future__ import annotations

import shutil

from tools.console import ProjectError, say
from tools.environment import ROOT
from tools.environment_setup import ENVIRONMENT, set_up
from tools.sample_ct import sample_ct

OUTPUT = ROOT / "out" / "demo"


def run() -> int:
    """Segment the sample CT; the command itself says where its results are."""
    set_up()
    scan = sample_ct(ENVIRONMENT)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    results = {"-o": "liver.seg.nrrd", "--table": "lesions.csv", "--preview": "preview.png", "--report": "report.json"}
    options = [part for option, name in results.items() for part in (option, OUTPUT / name)]
    if ENVIRONMENT.run("-m", "LightMSegmentationLib.cli.main", "segment", scan, *options, "--mode", "full"):
        msg = "The demo stopped; the reason is above."
        raise ProjectError(msg)
    say(f"Sample CT: {scan}")
    say("Drag the CT and the segmentation into 3D Slicer, or open the preview, to look at them.")
    say(f"Segment and correct it in the browser: {ENVIRONMENT.command('lightm')} review {scan}")
    return 0
