"""From an image file's voxels to the network's input, as nnU-Net does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.nnunet.normalization import normalized
from LightMSegmentationLib.nnunet.resampling import resample_channels, resampled_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.nnunet.plan import NnUNetPlan


@dataclass(frozen=True)
class Prepared:
    """The network's input (float32: channels, three axes in the plan's order) and the way back to the file's voxels.

    ``spacing`` is that of the file, ``resampled_spacing`` that of ``data``, both in the plan's order of axes; ``whole``
    is the transposed file's shape, ``inside`` the box of it that is not empty.
    """

    data: np.ndarray
    spacing: tuple[float, ...]
    resampled_spacing: tuple[float, ...]
    whole: tuple[int, ...]
    inside: Box


def prepare(channels: np.ndarray, spacing_kji: Sequence[float], plan: NnUNetPlan) -> Prepared:
    """Transpose, crop to what is not zero, normalize and resample channels (c, k, j, i) of a spacing in mm."""
    turned = channels.astype(np.float32).transpose(0, *(axis + 1 for axis in plan.transpose_forward))
    spacing = tuple(spacing_kji[axis] for axis in plan.transpose_forward)
    # A 2d configuration leaves the distance between slices as it is.
    target = (spacing[0], *plan.spacing)[-3:] if plan.dims == 2 else plan.spacing
    filled = ndimage.binary_fill_holes((turned != 0).any(axis=0))
    box = Box.of_mask(filled) or Box((0, 0, 0), turned.shape[1:])
    mask, cropped = filled[box.slices], turned[(slice(None), *box.slices)]
    data = np.stack([normalized(one, mask, how) for one, how in zip(cropped, plan.normalization, strict=True)])
    shape = resampled_shape(data.shape[1:], spacing, target)
    data = resample_channels(data, shape, spacing, target, plan.data_resampling)
    return Prepared(data, spacing, target, turned.shape[1:], box)
