"""A batch that is killed at random moments and started again until it is done."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from Testing.stress.results import half_files

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass
class Survival:
    """What the kills did: ``finished`` counts how often each case was told to be done, in all runs together."""

    kills: int = 0
    runs: int = 0
    finished: Counter[int] = field(default_factory=Counter)
    half_files: list[str] = field(default_factory=list)

    @property
    def done_twice(self) -> list[int]:
        """Cases that were done again although they were done."""
        return [case for case, times in self.finished.items() if times > 1]


def survive(
    command: Sequence[str],
    target: Path,
    kills: int,
    lines_between: tuple[int, int],
    chance: random.Random,
    environment: Mapping[str, str] | None = None,
) -> Survival:
    """Run ``command``, which writes JSON lines as ``lightm batch --json-lines`` does, killing it ``kills`` times.

    Each kill (SIGKILL) comes after a random number of lines and a random part of a second, and so also while the
    command writes. The run after the last kill ends by itself.
    """
    told = Survival()
    while told.kills < kills:
        told.runs += 1
        if _run_and_kill(command, chance.randint(*lines_between), 0.5 * chance.random() ** 2, told, environment):
            told.kills += 1
        told.half_files += half_files(target)
    told.runs += 1
    _run_and_kill(command, None, 0.0, told, environment)
    told.half_files += half_files(target)
    return told


def _run_and_kill(
    command: Sequence[str], lines: int | None, pause: float, told: Survival, environment: Mapping[str, str] | None
) -> bool:
    """Run the command, kill it after so many lines, and return whether it was still running then."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as run:
        try:
            for number, event in enumerate(_events(run)):
                if event.get("event") == "case-finished" and event["state"] in ("done", "no-liver"):
                    told.finished[event["case"]] += 1
                if number == lines:
                    threading.Event().wait(pause)
                    break
            was_running = run.poll() is None
        finally:
            run.kill()
    return was_running and lines is not None


def _events(run: subprocess.Popen[str]) -> Iterator[dict]:
    assert run.stdout is not None
    return map(json.loads, run.stdout)
