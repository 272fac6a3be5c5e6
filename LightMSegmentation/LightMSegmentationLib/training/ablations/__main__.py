# ruff: noqa: N999 (the name of the outermost package is one that Slicer prescribes)
"""Compare variants of the network, each trained alike on the folds of a cross-validation.

``python -m LightMSegmentationLib.training.ablations CONFIG --variants state-space convolution --output FOLDER``

``ablations.md`` and ``ablations.json`` in the output folder are written anew after each variant. The command may be
stopped and given again; it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.training.ablations.comparison import compared
from LightMSegmentationLib.training.ablations.table import Row, as_plain, markdown
from LightMSegmentationLib.training.ablations.variants import patch_macs, variant_of
from LightMSegmentationLib.training.config import load_config
from LightMSegmentationLib.training.folds import Fold
from LightMSegmentationLib.training.run import prepared_archive
from LightMSegmentationLib.training.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.training.ablations.variants import Variant
    from LightMSegmentationLib.training.config import TrainingConfig


def compare(arguments: argparse.Namespace) -> None:
    """Train and score what the arguments name, keeping the table up to date."""
    config = load_config(arguments.config)
    if arguments.steps:
        config = replace(config, steps=arguments.steps)
    variants = [variant_of(name) for name in arguments.variants]
    rows = {variant.name: _row(variant, config) for variant in variants}
    archive = prepared_archive(config.archives[0], arguments.data)
    workers = Workers()
    for outcome in compared(variants, arguments.folds, config, archive, arguments.output):
        row = rows[outcome.variant]
        rows[outcome.variant] = replace(row, outcomes=(*row.outcomes, outcome))
        if workers.leads:
            _write(list(rows.values()), arguments.output)
    workers.leave()


def _row(variant: Variant, config: TrainingConfig) -> Row:
    """Return a variant's row without results."""
    mine = variant.config(config)
    network = variant.network(mine)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Row(variant, parameters, patch_macs(network, mine), ())


def _write(rows: Sequence[Row], output: Path) -> None:
    for name, text in (
        ("ablations.md", markdown(rows)),
        ("ablations.json", json.dumps(as_plain(rows), indent=2) + "\n"),
    ):
        with atomic_path(output / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, help="training configuration, such as configs/ablations.json")
    parser.add_argument("--variants", nargs="+", required=True, help="the first is what the others are compared with")
    parser.add_argument("--folds", nargs="+", type=Fold.of_text, default=[Fold(1, 5)], help="such as 1/5 2/5")
    parser.add_argument("--steps", type=int, help="instead of the configuration's")
    parser.add_argument("--output", type=Path, required=True, help="folder for the runs and the table")
    parser.add_argument("--data", type=Path, help="folder of manifest.csv and the cases (the first time only)")
    compare(parser.parse_args())


if __name__ == "__main__":
    main()
