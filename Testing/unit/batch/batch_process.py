"""A batch as a process of its own that can be killed: prints a JSON line for each event and for each report.

``python batch_process.py SOURCE TARGET SCRIPT``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.outcome import Finished, Planned, Started
from LightMSegmentationLib.batch.runner import BatchOrder, run_batch
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.data.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from LightMSegmentationLib.progress import Stage


def tell(*words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Teller:
    """Prints each report."""

    def report(self, stage: Stage, done: int, total: int) -> None:
        tell("report", stage.value, done, total)


def main() -> None:
    source, target, script = sys.argv[1:]
    order = BatchOrder(Path(source), Path(target), SegmentationSettings(model=f"script:{script}"), "model")
    for event in run_batch(order, ScriptedEngine().segment, Teller()):
        if isinstance(event, Planned):
            tell("planned", [(case.name, case.state.value) for case in event.cases])
        elif isinstance(event, Started):
            tell("started", event.name)
        elif isinstance(event, Finished):
            tell("finished", event.outcome.name, event.outcome.state.value)
    tell("end")


if __name__ == "__main__":
    try:
        main()
    except UnusableInputError as error:
        tell("refused", error.cause)
