"""Several processes that train one network together, as ``torchrun`` starts them: one per GPU or one per CPU core.

On a busy CPU, single-threaded processes wait for each other once per step; threads of one would in every operation.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

if TYPE_CHECKING:
    from torch import Tensor, nn


class Workers:
    """One process among its peers; alone when it was not started by ``torchrun``."""

    def __init__(self) -> None:
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        self.device = torch.device("cpu")
        if torch.cuda.is_available():
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        if self.count > 1 and not distributed.is_initialized():
            distributed.init_process_group("gloo" if self.device.type == "cpu" else "nccl")

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files."""
        return self.rank == 0

    def leave(self) -> None:
        """Wait for the others and part: a process that ends while another still listens to it would abort that one."""
        if self.count > 1 and distributed.is_initialized():
            distributed.barrier()
            distributed.destroy_process_group()

    def average_gradients(self, network: nn.Module) -> None:
        """Replace every gradient by its mean over the processes."""
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        flat = self.mean(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        start = 0
        for gradient in gradients:
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of a tensor over the processes."""
        if self.count > 1:
            distributed.all_reduce(values)
            values /= self.count
        return values

    def gathered(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the union of every process' dictionary."""
        if self.count == 1:
            return values
        parts: list[dict[str, Any]] = [{} for _ in range(self.count)]
        distributed.all_gather_object(parts, values)
        return {name: value for part in parts for name, value in part.items()}
