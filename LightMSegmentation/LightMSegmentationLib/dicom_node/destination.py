"""Sending files to another node by C-STORE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.dicom_node.answers import hear_every_answer
from LightMSegmentationLib.errors import LightMError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pynetdicom.association import Association

_FORM = re.compile(r"(?P<title>[^@]+)@(?P<host>[^@]+):(?P<port>\d{1,5})")
_TITLE = re.compile(r"(?=.*[!-\[\]-~])[ -\[\]-~]{1,16}")
_WARNINGS = 0xB000
_CONNECTION_SECONDS = 30
_ANSWER_SECONDS = 60


class SendError(LightMError):
    """Files could not be sent now; another try may succeed."""

    code = "not-sent"
    exit_code = 3


@dataclass(frozen=True)
class Destination:
    """Another node: its application entity title, host and port.

    It is given ``connection_seconds`` to be reached and to grant an association, and ``answer_seconds`` for each file.
    """

    title: str
    host: str
    port: int
    connection_seconds: float = _CONNECTION_SECONDS
    answer_seconds: float = _ANSWER_SECONDS

    @classmethod
    def parse(cls, text: str) -> Destination:
        """Return the node that ``AET@HOST:PORT`` names.

        Raises
        ------
        UsageError
            When the text has another form.
        """
        found = _FORM.fullmatch(text)
        if found is None or not 0 < int(found["port"]) < 65536:
            cause = f"'{text}' is no destination."
            raise UsageError(cause, "Give it as AET@HOST:PORT, such as PACS@10.0.0.5:104.")
        return cls(checked_title(found["title"]), found["host"].strip("[]"), int(found["port"]))

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        return f"{self.title}@{self.host}:{self.port}"

    def send(self, files: Sequence[Path], own_title: str) -> None:
        """Send DICOM files; the other node keeps each only once, however often it is sent.

        Raises
        ------
        SendError
            When the node can't be reached, or does not take one of the files.
        """
        association = self._associate(files, own_title)
        try:
            for file in files:
                self._store(association, file)
        finally:
            association.release()

    def _associate(self, files: Sequence[Path], own_title: str) -> Association:
        from pydicom import dcmread
        from pynetdicom import AE

        entity = AE(ae_title=own_title)
        entity.connection_timeout = entity.acse_timeout = self.connection_seconds
        entity.dimse_timeout = self.answer_seconds
        for file in files:
            meta = dcmread(file, specific_tags=[], stop_before_pixels=True).file_meta
            entity.add_requested_context(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
        association = entity.associate(self.host, self.port, ae_title=self.title)
        if association.is_established:
            hear_every_answer(association)
            _limit_sending(association, self.answer_seconds)
            return association
        reason = "rejected the association" if association.is_rejected else "can't be reached"
        cause = f"The node {self} {reason}."
        raise SendError(cause, "Check its address, and that it knows this node.")

    def _store(self, association: Association, file: Path) -> None:
        try:
            status = association.send_c_store(file).get("Status")
        except (ValueError, RuntimeError) as error:
            cause = f"The node {self} takes no DICOM segmentations ({error})."
            raise SendError(cause, "Configure it to accept them.") from error
        if status is None:
            cause = f"The node {self} did not answer when {file.name} was sent."
            raise SendError(cause, "Check that it runs.")
        if status != 0 and status & 0xF000 != _WARNINGS:
            cause = f"The node {self} refused {file.name} (status 0x{status:04X})."
            raise SendError(cause, "Its log says why.")


def _limit_sending(association: Association, seconds: float) -> None:
    """Let the association end when the other side reads nothing for so long; pynetdicom would wait for it forever."""
    connection: Any = association.dul.socket
    connection.socket.settimeout(seconds)


def checked_title(title: str) -> str:
    r"""Return an application entity title: 1 to 16 printable ASCII characters but ``\`` (DICOM PS3.5, 6.2).

    Raises
    ------
    UsageError
        When it is none.
    """
    if not _TITLE.fullmatch(title):
        cause = f"'{title}' is no application entity title."
        raise UsageError(cause, "Use 1 to 16 plain characters.")
    return title.strip()
