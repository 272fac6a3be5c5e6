"""Whether the button can be pressed, and the sentence that says why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode

    from LightMSegmentationLib.panel.environment import PackageStatus


def whyNotReady(
    volumeNode: vtkMRMLScalarVolumeNode | None, missing: Sequence[PackageStatus], isBatchRunning: bool
) -> str | None:
    """Return why a segmentation can't be started, for the button's tooltip; None when it can."""
    if isBatchRunning:
        return _("A batch is running. Wait for it, or cancel it.")
    if volumeNode is None:
        return _("Choose a CT volume first.")
    return whyNoEnvironment(missing)


def whyNoBatch(source: str, target: str, missing: Sequence[PackageStatus], isSegmenting: bool) -> str | None:
    """Return why a batch can't be started; None when it can."""
    if isSegmenting:
        return _("A segmentation is running. Wait for it, or cancel it.")
    if not source or not target:
        return _("Choose an input and an output folder.")
    if source == target:
        return _("Choose an output folder other than the input folder.")
    return whyNoEnvironment(missing)


def whyNoEnvironment(missing: Sequence[PackageStatus]) -> str | None:
    """Return what has to be installed first; None when nothing has."""
    if not missing:
        return None
    names = ", ".join(status.name for status in missing)
    return _("Missing: {packages}. Open the section Environment and press Install.").format(packages=names)
