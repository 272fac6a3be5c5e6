"""A model's figures on patients that it never saw: whole pipeline, case by case.

``python -m LightMSegmentationLib.training.evaluation --data FOLDER --output FOLDER [--model NAME] [--mode full]``

Scores are kept case by case, so that an interrupted evaluation continues; ``scores.md`` reports them by phase and
slice thickness, ``sheet.png`` shows every case (patients' data: keep it out of the repository), and ``--card`` writes
them into the model card. ``--thin-mm 5`` averages the scans' slices to 5 mm first, see `thinning`. ``--fold 2/5``
takes the training patients that this fold's weights never saw; ``--models``, the cards of all folds, takes them all.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from LightMSegmentationLib.imaging.comparison_sheet import ComparedCase, case_strip, sheet_of
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.segment_volume import segment_volume
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL, Mode, SegmentationSettings
from LightMSegmentationLib.measurement.scores import score
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.training.cases import EXPERT_TUMORS, Case, read_manifest
from LightMSegmentationLib.training.evaluation_report import markdown, summary
from LightMSegmentationLib.training.folds import Fold, shared_out
from LightMSegmentationLib.training.thinning import thinned_out

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model import LoadedModel
    from LightMSegmentationLib.training.evaluation_report import Scores


@dataclass(frozen=True)
class Examination:
    """How cases are judged: by which model, on slices of which thickness (mm; None: their own)."""

    model: LoadedModel
    thin_mm: float | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that scores depend on: kept scores of another identity are not valid."""
        stages = self.model.stages
        return {
            "weights": {name: stage.plan.sha256 for name, stage in stages.items()},
            "calibration": asdict(self.model.last_stage.plan.calibration),
            "thin_mm": self.thin_mm,
        }


def score_case(case: Case, examination: Examination, strip: Path) -> Scores:
    """Segment a case, draw its strip of the sheet, and return its scores; tumors only where experts labeled them."""
    scan, reference = read_volume(case.image).volume, read_volume(case.label).volume
    reference = Volume(reference.array.astype(np.uint8), reference.grid)
    slice_mm = round(scan.grid.spacing[2], 2)
    if examination.thin_mm is not None:
        scan, reference = thinned_out(scan, reference, examination.thin_mm)
    started = time.perf_counter()
    result = segment_volume(scan, examination.model, SilentMonitor())
    seconds = time.perf_counter() - started
    labels = result.labels or Volume(np.zeros_like(reference.array), reference.grid)
    scores = score(case.name, labels, reference).as_plain()
    known = case.labels == EXPERT_TUMORS
    tumor = f"tumor {scores['tumor']['dice']:.3f}" if known and scores["tumor"]["reference_ml"] else ""
    title = f"{case.name}   {case.phase}   liver {scores['liver']['dice']:.3f}   {tumor}"
    case_strip(ComparedCase(title, labels, reference, scan)).save(strip)
    return {
        "case": case.name,
        "patient": case.patient,
        "phase": case.phase,
        "labels": case.labels,
        "slice_mm": slice_mm,
        "seconds": round(seconds, 1),
        "liver": scores["liver"],
        "tumor": scores["tumor"] if known else None,
        "lesions": scores["lesions"] if known else None,
    }


def evaluate(
    cases: list[Case], settings: SegmentationSettings, output: Path, thin_mm: float | None = None
) -> list[Scores]:
    """Return the scores of all cases, computing those that ``output`` does not hold for this very model yet."""
    if not cases:
        return []
    examination = Examination(load_model(settings), thin_mm)
    output.mkdir(parents=True, exist_ok=True)
    return [_kept_or_scored(case, examination, output) for case in cases]


def _kept_or_scored(case: Case, examination: Examination, output: Path) -> Scores:
    path, strip = output / f"{case.name}.json", output / f"{case.name}.png"
    if path.is_file() and strip.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["identity"] == examination.identity:
            return kept
    scores = {**score_case(case, examination, strip), "identity": examination.identity}
    path.write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
    return scores


def write_report(scores: list[Scores], output: Path) -> None:
    """Write ``scores.md`` and, from the cases' strips, ``sheet.png``."""
    (output / "scores.md").write_text(markdown(scores), encoding="utf-8")
    strips = [Image.open(output / f"{case['case']}.png") for case in scores]
    sheet_of(strips).save(output / "sheet.png")


def write_into_card(card: Path, key: str, split: str, scores: list[Scores]) -> None:
    """Put figures into a model card's accuracy under ``key``, such as the mode's name."""
    content = json.loads(card.read_text(encoding="utf-8"))
    figures = [
        {
            "case": case["case"],
            "liver_dice": round(case["liver"]["dice"], 4),
            "tumor_dice": None if case["tumor"] is None else round(case["tumor"]["dice"], 4),
        }
        for case in scores
    ]
    accuracy = content["about"].setdefault("accuracy", {})
    accuracy[key] = {"patients_outside_training": split, **summary(scores), "cases": figures}
    card.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of manifest.csv and the cases")
    parser.add_argument("--output", type=Path, required=True, help="folder for the scores")
    parser.add_argument("--models", "--model", nargs="+", default=[BUILT_IN_MODEL], help="the model, or every fold's")
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.FULL)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--fold", type=Fold.of_text, help="the patients that this fold held out instead, such as 2/5")
    parser.add_argument("--thin-mm", type=float, help="average the slices to this thickness first")
    parser.add_argument("--card", type=Path, help="model card to write the figures into")
    return parser.parse_args()


def main() -> None:
    """Read the command line and evaluate."""
    arguments = _arguments()
    cases = read_manifest(arguments.data)
    chosen = [case for case in cases if case.split == arguments.split]
    if arguments.fold is not None:
        chosen = arguments.fold.held_out(cases)
    shares = [chosen] if len(arguments.models) == 1 else shared_out(cases, len(arguments.models))
    scores = []
    for model, share in zip(arguments.models, shares, strict=True):
        settings = SegmentationSettings(mode=arguments.mode, model=model)
        scores += evaluate(share, settings, arguments.output, arguments.thin_mm)
    write_report(scores, arguments.output)
    if arguments.card:
        thin = "" if arguments.thin_mm is None else f", {arguments.thin_mm:g} mm slices"
        held_out = arguments.fold is not None or len(arguments.models) > 1
        split = "held out in cross-validation" if held_out else arguments.split
        write_into_card(arguments.card, f"{arguments.mode.value}{thin}", split, scores)


if __name__ == "__main__":
    main()
