"""A whole Mamba layer in one pass over the sequence, on a CPU, compiled by numba, with gradients.

What lies between the norms and projections never leaves the processor's caches: tile by tile, the tokens are read and
the layer's result is written. The way back computes the rest again instead of reading it from memory.
"""

from LightMSegmentationLib.network.compiled_layer.layer import fits, mixed

__all__ = ["fits", "mixed"]
