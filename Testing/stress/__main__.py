"""The stress of the batch: many cases, broken ones among them, killed again and again; and its memory.

``python -m Testing.stress FOLDER`` makes everything in FOLDER, which must not exist, and prints the figures of
docs/batch.md. A tiny model with a fixed seed computes on small phantoms, or with ``--scripted`` thresholds, without
torch, which takes a tenth of the time and stresses the batch just as much.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path

import SimpleITK as sitk

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model
from Testing.stress.killed_batch import survive
from Testing.stress.memory import by_tenths, growth, memory_after_each_case
from Testing.stress.results import half_files, ledger_states, unknown_files
from Testing.stress.scan_folder import ScanFolder, make_scan_folder
from Testing.unit.batch.small_scans import write_scan

PHANTOMS = 6
LINES_BETWEEN_KILLS = (5, 90)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m Testing.stress", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--scripted", action="store_true")
    parser.add_argument(
        "--seed", type=int, default=0, help="of chance; 0, 1 and 2 together take every kind of bad input"
    )
    options = parser.parse_args()
    chance = random.Random(options.seed)
    options.folder.mkdir(parents=True)
    model = None if options.scripted else write_tiny_model(options.folder)
    scans = [write_scan(options.folder / "scan.nii.gz", seed=1)] if options.scripted else phantoms(options.folder)
    source = make_scan_folder(options.folder / "in", scans, options.cases, chance, turn=options.seed)
    say(f"{len(source.good)} good cases, {len(source.broken)} broken ones")
    report_kills(source, model, options.folder / "killed", options.kills, chance)
    report_memory(source, model, options.folder / "whole")


def phantoms(folder: Path) -> list[Path]:
    paths = []
    for seed in range(PHANTOMS):
        hu, _ = abdomen_phantom(seed=seed, spacing=(6.0, 6.0, 6.0), tumor_diameters=(25.0, 50.0))
        paths.append(folder / f"phantom{seed}.nii.gz")
        sitk.WriteImage(hu.to_image(), str(paths[-1]))
    return paths


def command(source: ScanFolder, model: Path | None, target: Path) -> list[str]:
    if model is None:
        return [sys.executable, "-m", "Testing.stress.scripted_batch", str(source.path), str(target)]
    words = ["batch", str(source.path), str(target), "--mode", "fast", "--model", str(model), "--json-lines"]
    return [sys.executable, "-m", "LightMSegmentationLib.cli.main", *words]


def report_kills(source: ScanFolder, model: Path | None, target: Path, kills: int, chance: random.Random) -> None:
    started = time.monotonic()
    told = survive(command(source, model, target), target, kills, LINES_BETWEEN_KILLS, chance)
    states = ledger_states(target)
    lost = [name for name in source.good if states.get(name) != "done"]
    wrong = [name for name in source.broken if states.get(name) != "failed"]
    say(f"{told.kills} kills, {told.runs} runs, {time.monotonic() - started:.0f} s, {cpu_seconds():.0f} s of CPU")
    say(f"lost: {len(lost)} {lost[:5]}; broken ones not failed: {len(wrong)} {wrong[:5]}")
    say(f"done twice: {len(told.done_twice)}; rows too many: {len(states) - len(source.good) - len(source.broken)}")
    say(f"half files: {len(told.half_files)} {told.half_files[:5]}; files of nobody: {len(unknown_files(target))}")
    say(f"left in staging: {(target / '.lightm-staging').exists()}")


def report_memory(source: ScanFolder, model: Path | None, target: Path) -> None:
    started = time.monotonic()
    sizes = memory_after_each_case(command(source, model, target))
    early, late = growth(sizes)
    say(f"{len(sizes)} cases without a kill, {time.monotonic() - started:.0f} s; half files: {len(half_files(target))}")
    say(f"memory of all processes: second tenth {early:.0f} MiB, last tenth {late:.0f} MiB, most {max(sizes):.0f} MiB")
    say(f"memory by tenths of the cases: {', '.join(f'{size:.0f}' for size in by_tenths(sizes))} MiB")


def cpu_seconds() -> float:
    """Return the CPU time of ended children, theirs included."""
    times = os.times()
    return times.children_user + times.children_system


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
