"""From logits back to labels on the image file's voxels, as nnU-Net does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.nnunet.resampling import resample_channels

if TYPE_CHECKING:
    from LightMSegmentationLib.nnunet.plan import NnUNetPlan
    from LightMSegmentationLib.nnunet.preprocessing import Prepared


def labels_of(logits: np.ndarray, prepared: Prepared, plan: NnUNetPlan) -> np.ndarray:
    """Return uint8 labels (k, j, i) of logits (classes, three axes): resampled, the largest wins, put back in place."""
    extents = [stop - start for start, stop in zip(prepared.inside.start, prepared.inside.stop, strict=True)]
    resampled = resample_channels(logits, extents, prepared.resampled_spacing, prepared.spacing, plan.logit_resampling)
    whole = np.zeros(prepared.whole, dtype=np.uint8)
    whole[prepared.inside.slices] = resampled.argmax(axis=0)
    return whole.transpose(plan.transpose_backward)
