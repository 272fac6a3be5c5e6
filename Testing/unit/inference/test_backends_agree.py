"""Whatever computes the scan, the labels are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.imaging.box import Box, crop
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.network_input import network_input
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings

from Testing.data.phantom import abdomen_phantom

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume

pytest.importorskip("numba", reason="numba is not installed")

AGREEMENT = 0.999
SIZE = (32, 48, 48)
CENTER = (0.0, 0.0, 0.0)


def liver_at_3_mm() -> Volume:
    """Return a phantom's liver and what is around it."""
    volume, labels = abdomen_phantom(spacing=(3.0, 3.0, 3.0))
    center = [int(axis.mean()) for axis in labels.array.nonzero()]
    start = tuple(max(0, middle - size // 2) for middle, size in zip(center, SIZE, strict=True))
    return crop(volume, Box(start, tuple(first + size for first, size in zip(start, SIZE, strict=True))))


def test_the_shipped_weights_give_the_same_labels_with_compiled_kernels_and_with_torch_alone() -> None:
    labels = {}
    for backend in ("numba", "chunked"):
        stage = load_model(SegmentationSettings(mode=Mode.FAST, device="cpu", backend=backend)).stages["coarse"]
        image = network_input(liver_at_3_mm(), stage.plan, CENTER)
        with torch.inference_mode():
            labels[backend] = stage.network(image[None])[0].argmax(dim=0)
    assert (labels["numba"] == 1).sum() > 1000
    assert (labels["numba"] == labels["chunked"]).float().mean() >= AGREEMENT
