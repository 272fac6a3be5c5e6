"""Whether a computation must keep what its way back needs."""

from __future__ import annotations

import torch
from torch import Tensor


def is_recorded(*tensors: Tensor | None) -> bool:
    """Tell whether autograd records what is made of the tensors.

    An ``autograd.Function`` can't tell by itself: its ``needs_input_grad`` names inputs that want gradients also
    where none are recorded, as in inference.
    """
    return torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in tensors)
