"""Mode best looks at the liver at three spacings, in one even stage of progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.inference import prediction
from LightMSegmentationLib.inference.model import BEST_ZOOMS, load_model
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.inference.stopwatch import Stopwatch
from LightMSegmentationLib.progress import Stage

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import FINE, write_tiny_model

if TYPE_CHECKING:
    from pathlib import Path


class Listener:
    """Keeps what it is told of the fine stage, as fractions."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    def report(self, stage: Stage, done: int, total: int) -> None:
        if stage is Stage.DELINEATE:
            self.fractions.append(done / total)


def test_the_fine_stage_looks_at_three_spacings_and_its_progress_never_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    whole = prediction.resampled_for
    monkeypatch.setattr(
        prediction, "resampled_for", lambda volume, plan: seen.append(plan.spacing_mm[0]) or whole(volume, plan)
    )
    volume, _ = abdomen_phantom(spacing=(6.0, 6.0, 6.0))
    model = load_model(SegmentationSettings(mode=Mode.BEST, device="cpu", model=str(write_tiny_model(tmp_path))))
    listener = Listener()
    found = prediction.predict(to_canonical(volume), model, Stopwatch(listener))
    assert found is not None
    assert found.grid.spacing == pytest.approx(FINE.spacing_mm, rel=0.1)
    assert seen[1:] == [zoom * FINE.spacing_mm[0] for zoom in BEST_ZOOMS]
    assert listener.fractions == sorted(listener.fractions)
    assert listener.fractions[-1] == 1.0
