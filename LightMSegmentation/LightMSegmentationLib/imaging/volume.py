"""A scalar volume: voxels and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.grid import Grid

if TYPE_CHECKING:
    import numpy as np
    import SimpleITK


@dataclass(frozen=True)
class Volume:
    """Voxels (``array``, axis order k, j, i) on a grid."""

    array: np.ndarray
    grid: Grid

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape:
            message = f"array shape {self.array.shape} does not match the grid's {self.grid.shape}"
            raise ValueError(message)

    @classmethod
    def of_image(cls, image: SimpleITK.Image) -> Volume:
        """Return the volume of a three-dimensional scalar SimpleITK image (voxels are copied)."""
        import SimpleITK as sitk

        return cls(sitk.GetArrayFromImage(image), Grid.of_image(image))

    def to_image(self) -> SimpleITK.Image:
        """Return a SimpleITK image with the same voxels and geometry."""
        import SimpleITK as sitk

        image = sitk.GetImageFromArray(self.array)
        image.SetSpacing(self.grid.spacing)
        image.SetOrigin(self.grid.origin)
        image.SetDirection(self.grid.direction)
        return image
