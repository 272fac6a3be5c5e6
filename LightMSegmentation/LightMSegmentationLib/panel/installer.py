"""Installs what the segmentation needs into Slicer's Python: after asking, on the main thread, never at import."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from LightMSegmentationLib.panel.environment import PackageStatus

_REQUESTER = "LightMUNet"
_TORCH = "torch"
#: Packages of Slicer that an installation must not move to another version.
_KEPT = ("numpy", "SimpleITK", "scipy", "vtk", "pydicom", "pillow")


def installPackages(missing: Sequence[PackageStatus]) -> bool:
    """Install the missing packages; return whether something was installed, so that Slicer should be restarted.

    Raises
    ------
    ModelError
        When the user refused, pip failed, or torch is missing and the PyTorch extension is, too.
    """
    torch = [status for status in missing if status.name == _TORCH]
    others = [status.requirement for status in missing if status.name != _TORCH]
    if torch:
        _installTorch(torch[0])
    if others:
        _installWithPip(others)
    return bool(missing)


def _installWithPip(requirements: Sequence[str]) -> None:
    names = ", ".join(requirements)
    question = _("The segmentation needs these Python packages: {packages}. Install them now?").format(packages=names)
    if not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Install packages")):
        raise _refused()
    with tempfile.TemporaryDirectory(prefix="lightm-") as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(_constraints(), encoding="utf-8")
        try:
            _pipInstall(list(requirements), constraints)
        except Exception as error:
            cause = _("The packages {packages} could not be installed ({reason}).").format(packages=names, reason=error)
            advice = _("Check the internet connection and proxy; docs/offline.md says how to install without one.")
            raise ModelError(cause, advice) from error


def _pipInstall(requirements: list[str], constraints: Path) -> None:
    """Use the installer of Slicer 5.12 and later where it is, which shows what pip prints."""
    try:
        from slicer.packaging import pip_install
    except ImportError:
        slicer.util.pip_install([*requirements, "--constraint", str(constraints)])
    else:
        pip_install(requirements, constraints=constraints, requester=_REQUESTER)


def _constraints() -> str:
    return "".join(f"{name}=={version}\n" for name in _KEPT if (version := _version(name)) is not None)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _installTorch(status: PackageStatus) -> None:
    """Install torch with the PyTorch extension, which knows which build fits the graphics card."""
    logic = _pyTorchLogic()
    if status.installed is not None:
        cause = _("PyTorch {version} is installed, needed is {needed}.")
        advice = _("Open the module PyTorch Utils, uninstall PyTorch, restart Slicer, and install again.")
        raise ModelError(cause.format(version=status.installed, needed=status.needed), advice)
    keywords = {"askConfirmation": True, "torchVersionRequirement": status.needed}
    known = inspect.signature(logic.installTorch).parameters
    if logic.installTorch(**{name: value for name, value in keywords.items() if name in known}) is None:
        raise _refused()


def _pyTorchLogic() -> Any:
    try:
        import PyTorchUtils
    except ImportError as error:
        cause = _("PyTorch is missing, and so is the extension that installs it.")
        advice = _("Install the extension 'PyTorch' in the Extensions Manager, restart Slicer, then press Install.")
        raise ModelError(cause, advice) from error
    return PyTorchUtils.PyTorchUtilsLogic()


def _refused() -> ModelError:
    return ModelError(_("The packages were not installed."), _("Press Install again when you are ready."))
