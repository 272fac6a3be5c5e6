"""The node: what arrives is segmented when it is complete, and the segmentations are sent on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_writer import DICOM_SEG
from LightMSegmentationLib.batch.fingerprint import content_hash_of, stamp_of
from LightMSegmentationLib.dicom_node.destination import SendError
from LightMSegmentationLib.dicom_node.inbox import Inbox
from LightMSegmentationLib.dicom_node.settling import SettlingStudies
from LightMSegmentationLib.dicom_node.study_record import StudyRecord, read_record, write_record
from LightMSegmentationLib.errors import CancelledError, LightMError, UnusableInputError
from LightMSegmentationLib.file_lock import FileLock
from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.worker.protocol import BatchPlanned, CaseFinished

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

    from LightMSegmentationLib.batch.outcome import CaseOutcome
    from LightMSegmentationLib.dicom_node.destination import Destination
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.worker.client import WorkerClient
    from LightMSegmentationLib.worker.conversation import Heard

LOCK_NAME = ".lightm-listen.lock"
RETRY_SECONDS = 60.0
_MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class NodeSettings:
    """How a node works: its folder and title, where results go (None: nowhere), when a study counts as complete."""

    folder: Path
    title: str
    destination: Destination | None
    settle_seconds: float
    segmentation: SegmentationSettings
    retry_seconds: float = RETRY_SECONDS


class Node:
    """One folder with received studies and their results; a context manager that keeps others out of the folder.

    What an earlier node received in the folder and did not finish is taken up.

    Parameters
    ----------
    settings
        How it works.
    worker
        What segments.
    tell
        Called with each sentence about what happens; none of them names a patient.

    Raises
    ------
    UnusableInputError
        When the folder can't be used, or another node uses it.
    """

    def __init__(self, settings: NodeSettings, worker: WorkerClient, tell: Callable[[str], object]) -> None:
        self._settings = settings
        self._worker = worker
        self._tell = tell
        self._lock = _locked(settings.folder)
        self.inbox = Inbox(settings.folder / "received")
        self._waiting = SettlingStudies(settings.settle_seconds)
        self._attempts: dict[str, int] = {}
        for study in self.inbox.studies():
            if not self._is_finished(study):
                self._waiting.arrived(study)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def arrived(self, study: str) -> None:
        """Take note that something was stored for a study; may be called from any thread."""
        self._waiting.arrived(study)

    def serve_one(self, timeout: float | None = None) -> str | None:
        """Wait for a study that is complete, segment it and send the results; return it, or None after ``timeout``.

        What can't be sent or segmented now is tried again later; `CancelledError` ends the waiting.
        """
        study = self._waiting.take(timeout)
        if study is None:
            return None
        try:
            self._serve(study)
        except CancelledError:
            raise
        except SendError as error:
            self._tell(f"Study {study}: {error} Tried again in {self._settings.retry_seconds:g} s.")
            self._waiting.postpone(study, self._settings.retry_seconds)
        except LightMError as error:
            self._try_again(study, error)
        return study

    def results_of(self, study: str) -> Path:
        """Return the folder of a study's results."""
        return self._settings.folder / "results" / study

    def _try_again(self, study: str, error: LightMError) -> None:
        """Give a study that could not be segmented a few more chances, then leave it for the next start."""
        self._attempts[study] = self._attempts.get(study, 0) + 1
        if self._attempts[study] < _MOST_ATTEMPTS:
            self._tell(f"Study {study}: {error} Tried again in {self._settings.retry_seconds:g} s.")
            self._waiting.postpone(study, self._settings.retry_seconds)
        else:
            self._tell(f"Study {study}: {error} Tried again at the next start.")
            del self._attempts[study]

    def _serve(self, study: str) -> None:
        stamp = stamp_of(self.inbox.files_of(study))
        self._tell(f"Study {study}: complete, {len(self.inbox.files_of(study))} instances.")
        results = self.results_of(study)
        outcomes = self._segment(study, results)
        self._attempts.pop(study, None)
        names = [case.segmentation for case in outcomes.values() if case.segmentation]
        self._send(study, results, names)
        sent = read_record(results).sent
        write_record(results, StudyRecord(stamp, {name: sent.get(name, "") for name in names}))

    def _segment(self, study: str, results: Path) -> dict[str, CaseOutcome]:
        """Return what became of every series, now or earlier."""
        outcomes: dict[str, CaseOutcome] = {}

        def hear(event: Heard) -> None:
            if isinstance(event, BatchPlanned):
                outcomes.update({case.name: case for case in event.cases})
            elif isinstance(event, CaseFinished):
                outcomes[event.outcome.name] = event.outcome
                heard = event.outcome
                self._tell(f"Series {heard.number}: {heard.state.value}. {heard.public_message}".strip())

        folder = self.inbox.folder_of(study)
        self._worker.batch(folder, results, self._settings.segmentation, on_event=hear, suffix=DICOM_SEG)
        return outcomes

    def _send(self, study: str, results: Path, names: list[str]) -> None:
        """Send those files that the destination does not have yet, and remember it."""
        if self._settings.destination is None:
            return
        digests = {name: f"{content_hash_of([results / name])} {self._settings.destination}" for name in names}
        sent = read_record(results).sent
        due = [name for name in names if sent.get(name) != digests[name]]
        if not due:
            return
        self._settings.destination.send([results / name for name in due], self._settings.title)
        record = read_record(results)
        write_record(results, replace(record, sent={**record.sent, **{name: digests[name] for name in due}}))
        self._tell(f"Study {study}: {len(due)} segmentations sent to {self._settings.destination}.")

    def _is_finished(self, study: str) -> bool:
        """Tell whether everything received was segmented and is where it should go."""
        record = read_record(self.results_of(study))
        if record.stamp != stamp_of(self.inbox.files_of(study)):
            return False
        receivers = {what.partition(" ")[2] for what in record.sent.values()}
        return self._settings.destination is None or receivers <= {str(self._settings.destination)}


def _locked(folder: Path) -> FileLock:
    """Return the lock on a node's folder, taken."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_NAME)
        taken = lock.acquire()
    except OSError as error:
        raise writing_error(folder, error) from error
    if not taken:
        cause = f"Another node uses the folder {folder}."
        raise UnusableInputError(cause, "Stop it, or choose another --output.")
    return lock
