"""The network side of the node: C-ECHO and C-STORE (DICOM PS3.4, annexes A and B)."""

from __future__ import annotations

import errno
import logging
import threading
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.dicom_node.inbox import RefusedInstanceError, identify
from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynetdicom.events import Event
    from typing_extensions import Self

    from LightMSegmentationLib.dicom_node.inbox import Inbox

SUCCESS, OUT_OF_RESOURCES, DOES_NOT_MATCH, CANNOT_UNDERSTAND, FAILED = 0x0000, 0xA700, 0xA900, 0xC000, 0x0110
"""Statuses of C-STORE (PS3.4, table B.2-1) and the general failure (PS3.7, C.5.9)."""

_VERIFICATION = "1.2.840.10008.1.1"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_log = logging.getLogger(__name__)


class StorageService:
    """Listens while it is used as a context manager; every instance goes into ``inbox``, one after another.

    Parameters
    ----------
    inbox
        Where instances are stored.
    address
        Host and port to listen on; port 0 takes a free one.
    title
        Application entity title; requests to another one are rejected.
    on_stored
        Called with the study of each stored instance, in a thread of the network.

    Raises
    ------
    UsageError
        When the address can't be listened on.
    """

    def __init__(self, inbox: Inbox, address: tuple[str, int], title: str, on_stored: Callable[[str], object]) -> None:
        from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt

        self._inbox = inbox
        self._on_stored = on_stored
        self._storing = threading.Lock()
        self._entity = AE(ae_title=title)
        self._entity.require_called_aet = True
        self._entity.add_supported_context(_VERIFICATION)
        for context in AllStoragePresentationContexts:
            self._entity.add_supported_context(str(context.abstract_syntax), ALL_TRANSFER_SYNTAXES)
        handlers: list[Any] = [(evt.EVT_C_ECHO, _answer_echo), (evt.EVT_C_STORE, self._store)]
        try:
            self._server: Any = self._entity.start_server(address, block=False, evt_handlers=handlers)
        except OSError as error:
            cause = f"Port {address[1]} of {address[0]} can't be listened on ({error.strerror or error})."
            raise UsageError(cause, "Choose another --port or --host.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._entity.shutdown()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def _store(self, event: Event) -> int:
        """Store what a C-STORE request brings and return its status."""
        request: Any = event.request
        data = event.encoded_dataset()
        try:
            name = identify(data)
            if name.instance != request.AffectedSOPInstanceUID:
                return DOES_NOT_MATCH
            with self._storing:
                self._inbox.store(name, data)
        except RefusedInstanceError as error:
            _log.warning("An instance was refused: %s", error)
            return CANNOT_UNDERSTAND
        except OSError as error:
            _log.warning("An instance could not be stored: %s", error.strerror)
            return OUT_OF_RESOURCES if error.errno in _FULL else FAILED
        self._on_stored(name.study)
        return SUCCESS


def _answer_echo(_event: Event) -> int:
    return SUCCESS
