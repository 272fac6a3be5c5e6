"""The section that says what is installed, what really runs, and installs what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ctk
import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.panel.details import copyToClipboard, environmentDetails
from LightMSegmentationLib.panel.environment import PackageStatus, missingPackages, packageStatuses
from LightMSegmentationLib.panel.installer import installPackages
from LightMSegmentationLib.panel.table_rows import fillTable
from LightMSegmentationLib.panel.worker_launch import PYTHON_SETTING, isSlicerPython
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import Heard
from LightMSegmentationLib.worker.failure import as_exception

if TYPE_CHECKING:
    from LightMSegmentationLib.capabilities import Capabilities
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.panel.worker_process import WorkerProcess


class EnvironmentSection:
    """Shows packages and, after a check by the worker, device and backend.

    Parameters
    ----------
    worker
        Answers what would really run.
    settings
        Returns the settings of the panel.
    onChange
        Called when packages were installed, or a check starts or ends.
    """

    def __init__(
        self,
        ui: Any,
        worker: WorkerProcess,
        settings: Callable[[], SegmentationSettings],
        onChange: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._worker = worker
        self._settings = settings
        self._onChange = onChange
        self._capabilities: Capabilities | None = None
        self.missing: list[PackageStatus] = []
        ui.workerPythonPathLineEdit.filters = ctk.ctkPathLineEdit.Files
        ui.workerPythonPathLineEdit.currentPath = slicer.app.userSettings().value(PYTHON_SETTING, "")
        ui.workerPythonPathLineEdit.connect("currentPathChanged(QString)", self._onPython)
        ui.environmentCheckButton.connect("clicked()", self.check)
        ui.environmentInstallButton.connect("clicked()", self.install)
        ui.environmentCopyButton.connect("clicked()", lambda: copyToClipboard(self.report()))
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is installed."""
        self.missing = missingPackages()
        statuses = packageStatuses()
        if isSlicerPython():
            rows = [(status.name, status.needed, status.installed or _("missing")) for status in statuses]
        else:
            found = self._worker.versions
            rows = [(status.name, status.needed, found.get(status.name) or _("not known")) for status in statuses]
        fillTable(self._ui.environmentTable, rows)
        self._ui.environmentInstallButton.enabled = bool(self.missing)
        tip = _("Installs what is missing, after asking.") if self.missing else _("Nothing is missing.")
        self._ui.environmentInstallButton.toolTip = tip
        if self._capabilities is None:
            self._ui.environmentLabel.text = self._summary()

    def check(self) -> None:
        """Ask the worker what really runs; the answer comes later."""
        self._ui.environmentLabel.text = _("Asking the segmentation process")
        self._ui.environmentCheckButton.enabled = False
        self._worker.probe(self._settings(), self._hear)
        self._onChange()

    def setBusy(self, isBusy: bool) -> None:
        """Offer no check while the worker does something else."""
        self._ui.environmentCheckButton.enabled = not isBusy

    def install(self) -> None:
        """Install what is missing and advise to restart."""
        try:
            installed = installPackages(self.missing)
        except LightMError as error:
            self._ui.environmentLabel.text = str(error)
            return
        self.refresh()
        self._onChange()
        question = _("Slicer should be restarted before the next segmentation. Restart now?")
        if installed and not slicer.app.testingEnabled() and slicer.util.confirmYesNoDisplay(question):
            slicer.util.restart()

    def report(self) -> str:
        """Return versions, device and backends as text."""
        return environmentDetails(packageStatuses(), self._capabilities)

    def _onPython(self, path: str) -> None:
        """Remember another Python for the worker; the next job starts it."""
        slicer.app.userSettings().setValue(PYTHON_SETTING, path.strip())
        self._capabilities = None
        self.refresh()
        self._onChange()

    def _hear(self, event: Heard) -> None:
        if isinstance(event, protocol.Probed):
            self._capabilities = event.capabilities
            self._finishCheck(capabilitiesText(event.capabilities))
        elif isinstance(event, protocol.Failed):
            self._capabilities = None
            self._finishCheck(str(as_exception(event)))

    def _finishCheck(self, text: str) -> None:
        self.refresh()
        self._ui.environmentLabel.text = text
        self._onChange()

    def _summary(self) -> str:
        if self.missing:
            return _("Packages are missing. Press Install: nothing is installed without asking.")
        return _("Press Check to see which device and which scan really run.")


def capabilitiesText(capabilities: Capabilities) -> str:
    """Return device, backend and remarks as one paragraph."""
    line = _("Runs on {device} ({name}, {threads} threads) with the scan '{backend}'.").format(
        device=capabilities.device,
        name=capabilities.device_name,
        threads=capabilities.threads,
        backend=capabilities.backend,
    )
    return "\n".join([line, *capabilities.notes])
