"""What the user chose for a study: saved with the scene."""

# No `from __future__ import annotations`: the wrapper looks at the members' types themselves.
import enum

from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import parameterNodeWrapper

from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.model_manager.default_model import default_model


class Quality(enum.Enum):
    """How thorough a run is; the first one is the default."""

    FULL = "full"
    FAST = "fast"
    BEST = "best"

    def label(self) -> str:
        """Return the text in the combo box."""
        texts = {
            Quality.FULL: _("Full resolution"),
            Quality.FAST: _("Fast (about 3 mm)"),
            Quality.BEST: _("Best (three looks, slow)"),
        }
        return texts[self]


class Device(enum.Enum):
    """Where the network runs; the first one is the default."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"

    def label(self) -> str:
        """Return the text in the combo box."""
        texts = {
            Device.AUTO: _("Automatic"),
            Device.CPU: _("Processor (CPU)"),
            Device.CUDA: _("NVIDIA graphics card (CUDA)"),
            Device.MPS: _("Apple graphics (MPS)"),
        }
        return texts[self]


@parameterNodeWrapper
class LightMSegmentationParameterNode:
    """The panel's choices; the names are those of the ``SlicerParameterName`` properties in the ``.ui``.

    An empty ``model`` stands for the one that is the default when a run starts.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    roi: vtkMRMLMarkupsROINode
    outputSegmentation: vtkMRMLSegmentationNode
    quality: Quality
    device: Device
    model: str
    parenchymaOnly: bool
    show3D: bool


def settingsOf(parameterNode: LightMSegmentationParameterNode) -> SegmentationSettings:
    """Return the choices as the settings of a run."""
    return SegmentationSettings(
        mode=Mode(parameterNode.quality.value),
        device=parameterNode.device.value,
        model=parameterNode.model or default_model(),
    )
