"""Group normalization followed by ReLU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

from LightMSegmentationLib.network.compiled_kernels import kernels_work

if TYPE_CHECKING:
    from torch import Tensor


class NormRelu(nn.GroupNorm):
    """ReLU of a GroupNorm, under the parameter names of the latter."""

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape, (batch, channels, *spatial)."""
        if features.device.type == "cpu":
            if kernels_work():
                from LightMSegmentationLib.network import norm_relu_compiled

                if norm_relu_compiled.fits(features, self.weight):
                    return norm_relu_compiled.norm_relu(features, self)
            # Of channels-last features, torch computes the variance with four times the error.
            features = features.contiguous()
        return functional.relu(super().forward(features), inplace=True)
