"""Exponential moving average of a network's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn


class AveragedWeights:
    """An average that forgets at most as fast as ``decay``, and faster early, so that short runs are not held back.

    The effective decay at step n is min(decay, (1 + n) / (10 + n)), as in TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self._updates = 0
        self._weights = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move the average toward the network's present weights."""
        self._updates += 1
        decay = min(self._decay, (1 + self._updates) / (10 + self._updates))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self._weights[name].lerp_(value, 1.0 - decay)
            else:
                self._weights[name].copy_(value)

    def weights(self) -> dict[str, Tensor]:
        """Return the averaged weights under the network's parameter names."""
        return self._weights

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"updates": self._updates, "weights": self._weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self._updates = int(state["updates"])
        for name, value in state["weights"].items():
            self._weights[name].copy_(value)
