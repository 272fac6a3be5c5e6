"""How a scan is divided among threads: by channels first, and along the sequence where channels do not suffice."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.memory import Stretch
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import thread_count

# Below this a stretch is over before a second thread has begun.
_SHORTEST_STRETCH = 2048


@dataclass(frozen=True)
class Partition:
    """The stretches of a scan, in the order (sample, share of the channels, segment of the sequence)."""

    stretches: tuple[Stretch, ...]
    batch: int
    shares_per_sample: int
    segments: int

    @classmethod
    def of(cls, batch: int, length: int, channels: int) -> Partition:
        """Divide a scan of (batch, length, channels) so that every thread has work."""
        per_sample = -(-thread_count() // batch)
        blocks = channels // LANES
        shares = min(blocks, per_sample)
        segments = max(1, min(per_sample // shares, length // _SHORTEST_STRETCH))
        channel_bounds = [blocks * k // shares * LANES for k in range(shares + 1)]
        tiles = -(-length // TILE)
        row_bounds = [min(tiles * k // segments * TILE, length) for k in range(segments + 1)]
        stretches = tuple(
            Stretch(
                number=share * segments + s,
                share=share,
                sample=share // shares,
                first_channel=channel_bounds[share % shares],
                last_channel=channel_bounds[share % shares + 1],
                first_row=row_bounds[s],
                last_row=row_bounds[s + 1],
            )
            for share in range(batch * shares)
            for s in range(segments)
        )
        return cls(stretches, batch, shares, segments)

    @property
    def jobs(self) -> list[tuple[Stretch]]:
        """Return the stretches as argument lists of one."""
        return [(stretch,) for stretch in self.stretches]

    def by_segment(self, per_stretch: torch.Tensor) -> torch.Tensor:
        """View (stretches, ...) as (shares of all samples, segments, ...)."""
        return per_stretch.unflatten(0, (-1, self.segments))
