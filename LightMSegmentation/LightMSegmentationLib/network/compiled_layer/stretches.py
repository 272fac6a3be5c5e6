"""One sequence on several threads: stretches that are walked at once, and where need be again.

Every stretch but the first is walked without knowing the state that enters it, as if that were zero. Then its rows are
walked again from the state that the stretch before left, until the state is the one that the first walk had at the same
row, bit for bit: from there on everything would be the same. States forget, so that this mostly ends after a small part
of the stretch; where it does not, the next stretch is walked once more. What comes out is to the last bit what one
thread would have written, whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor

from LightMSegmentationLib.network.selective_scan.threads import run_all, thread_count

# Of the slowest states something is left for 15,000 to 45,000 rows, with fresh weights as with the shipped ones. If
# stretches were no longer, they would be walked twice; the layer's steps, each over all threads, would be faster.
SHORTEST_STRETCH = 32_768


class Span(NamedTuple):
    """Rows that one kernel call walks over, from first to before last; the first begins a tile whose state is kept.

    ``again`` says that they were walked over before: the call ends where the state equals the kept one.
    """

    first_row: int
    last_row: int
    again: bool


Walk = Callable[[int, Span, Tensor], bool]
"""Walks over a span of a sample and advances the state, (blocks * states, 16); tells whether it came to the end."""


def stretch_count(batch: int, length: int) -> int:
    """Return how many stretches to make of every sample, so that all threads have work and no stretch is too short."""
    return max(1, min(-(-thread_count() // batch), length // SHORTEST_STRETCH))


def bounds(length: int, count: int, unit: int) -> list[tuple[int, int]]:
    """Return first and last row of stretches of about the same length, which begin at multiples of ``unit`` rows."""
    units = -(-length // unit)
    edges = [min(units * k // count * unit, length) for k in range(count + 1)]
    return list(pairwise(edges))


def walk_all(walk: Walk, batch: int, length: int, unit: int, zero_state: Tensor) -> None:
    """Walk over all samples, each from ``zero_state`` on; a state is kept every ``unit`` rows."""
    spans = bounds(length, stretch_count(batch, length), unit)
    places = [(sample, number) for sample in range(batch) for number in range(len(spans))]
    after = {place: zero_state.clone() for place in places}

    def run(place: tuple[int, int], again: bool, state: Tensor) -> bool:
        sample, number = place
        return walk(sample, Span(*spans[number], again), state)

    run_all(run, [(place, False, state) for place, state in after.items()])
    places = [place for place in places if place[1] > 0]
    while places:
        # Copied before any of them is written: what a stretch begins with must not depend on who is faster.
        jobs = [((sample, number), True, after[sample, number - 1].clone()) for sample, number in places]
        changed = [(place, state) for (place, _, state), ended in zip(jobs, run_all(run, jobs), strict=True) if ended]
        after.update(changed)
        places = [(sample, number + 1) for (sample, number), _ in changed if number + 1 < len(spans)]
