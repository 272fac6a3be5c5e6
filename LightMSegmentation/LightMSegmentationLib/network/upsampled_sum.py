"""The decoder's features at twice their size, plus those of the encoder at that level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from LightMSegmentationLib.network.compiled_kernels import kernels_work

if TYPE_CHECKING:
    from torch import Tensor

_INTERPOLATION = {4: "bilinear", 5: "trilinear"}


def upsampled_sum(features: Tensor, skip: Tensor) -> Tensor:
    """Return ``skip`` plus the linearly interpolated features.

    ``features`` are (batch, channels, *spatial), ``skip`` has twice their spatial size. Voxels are interpolated between
    their centers, and beyond the outermost centers nothing changes (torch's ``align_corners=False``).
    """
    if features.device.type == "cpu" and kernels_work():
        from LightMSegmentationLib.network import upsampled_sum_compiled

        if upsampled_sum_compiled.fits(features, skip):
            return upsampled_sum_compiled.upsampled_sum(features, skip)
    mode = _INTERPOLATION[features.dim()]
    return functional.interpolate(features, scale_factor=2, mode=mode, align_corners=False) + skip
