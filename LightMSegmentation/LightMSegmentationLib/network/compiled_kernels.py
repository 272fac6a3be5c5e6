"""Whether numba is there and its kernels compute here."""

from __future__ import annotations

from functools import cache

from torch import device


@cache
def kernels_work() -> bool:
    """Tell whether compiled kernels run on this CPU, by the scan's own trial; without them torch does the work."""
    from LightMSegmentationLib.network.selective_scan import choose_backend

    return choose_backend("auto", device("cpu")) == "numba"
