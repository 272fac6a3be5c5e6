"""The worker process: ``python -m LightMSegmentationLib.worker.server``.

It speaks `worker.protocol` on the standard input and output it was started with. Torch is imported by the first job.
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.engine import DEFAULT_ENGINE, make_engine
from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.explanation import stack_of
from LightMSegmentationLib.freed_memory import freed_memory_kept
from LightMSegmentationLib.inference.settings import Mode
from LightMSegmentationLib.private_folder import PrivateFolder
from LightMSegmentationLib.versions import versions
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.failure import failed
from LightMSegmentationLib.worker.job_monitor import JobMonitor
from LightMSegmentationLib.worker.jobs import run_job
from LightMSegmentationLib.worker.standard_streams import Channel, claim_standard_streams
from LightMSegmentationLib.worker.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from LightMSegmentationLib.engine import Engine

IDLE_MINUTES = 15.0
SECONDS_TO_END = 0.5

_log = logging.getLogger(__name__)


class Server:
    """Runs one job after another on the calling thread, while another thread listens for what the client says."""

    def __init__(
        self, channel: Channel, folder: PrivateFolder, make_engine: Callable[[], Engine], idle_seconds: float
    ) -> None:
        self._channel = channel
        self._folder = folder
        self._make_engine = make_engine
        self._idle_seconds = idle_seconds
        self._requests: queue.SimpleQueue[protocol.Request] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._ended = threading.Event()

    def run(self) -> None:
        """Say hello and serve until told to shut down or the client is gone."""
        self._channel.send(_hello(self._folder.path))
        threading.Thread(target=self._listen, name="listener", daemon=True).start()
        engine: Engine | None = None
        try:
            while not isinstance(request := self._next_request(), protocol.Shutdown):
                engine = engine or self._make_engine()
                self._serve(request, engine)
        finally:
            self._ended.set()

    def _next_request(self) -> protocol.Request:
        try:
            return self._requests.get(timeout=self._idle_seconds)
        except queue.Empty:
            # The client decides: a request of its may be on the way, and ending now would lose it.
            self._channel.send(protocol.Idle())
            return self._requests.get()

    def _serve(self, request: protocol.Request, engine: Engine) -> None:
        if isinstance(request, protocol.Cancel | protocol.Shutdown):
            return
        # Adding a model reports no progress; its monitor only says whether it was cancelled.
        mode = Mode.FAST if isinstance(request, protocol.AddModel) else request.settings.mode
        monitor = JobMonitor(request.id, mode, self._channel.send, lambda: request.id in self._cancelled)
        try:
            with freed_memory_kept():
                answer = run_job(request, engine, self._folder.path, monitor)
            self._channel.send(answer)
        except Exception as error:
            if not isinstance(error, LightMError):
                _log.error("Job %d failed: %s", request.id, stack_of(error))
            self._channel.send(failed(error, request.id, monitor.stage))
        self._cancelled.discard(request.id)

    def _listen(self) -> None:
        """Take in requests; at the end of input stop everything at once, since nobody waits for the answer any more."""
        try:
            for line in self._channel.lines():
                self._take(line)
        except OSError:
            _log.warning("The client's pipe broke")
        self._requests.put(protocol.Shutdown())
        if not self._ended.wait(SECONDS_TO_END):
            self._folder.remove()
            _end_children()
            os._exit(0)

    def _take(self, line: str) -> None:
        fields = protocol.read_json_object(line)
        if fields is None:
            _log.warning("Ignored a line that is no JSON object (%d characters)", len(line))
            return
        try:
            request = protocol.decode_request(fields)
        except MalformedError as error:
            job = fields.get("id")
            self._channel.send(failed(error, job if type(job) is int else None))
            return
        if isinstance(request, protocol.Cancel):
            self._cancelled.add(request.id)
        else:
            self._requests.put(request)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker; return its exit code."""
    options = _parse(arguments)
    _lead_own_group()
    channel = claim_standard_streams()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    limit_threads()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = PrivateFolder(options.temporary_folder)
    try:
        Server(channel, folder, partial(make_engine, options.engine), 60.0 * options.idle_minutes).run()
    except OSError:
        _log.warning("The client is gone")
    finally:
        folder.remove()
        _log.info("The worker ends")
        _end_children()
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m LightMSegmentationLib.worker.server", description=__doc__)
    parser.add_argument("--engine", default=DEFAULT_ENGINE, help="module:callable that makes the engine")
    parser.add_argument(
        "--idle-minutes", type=float, default=IDLE_MINUTES, help="offer to end after so long without a job"
    )
    parser.add_argument("--temporary-folder", type=Path, default=None, help="where the private folder is made")
    return parser.parse_args(arguments)


def _lead_own_group() -> None:
    """Become the leader of a session of our own, so that the client can end us with all our children."""
    if os.name != "nt" and os.getpgid(0) != os.getpid():
        os.setsid()


def _end_children() -> None:
    """End what an engine left running; the signal reaches us, too, who are about to exit with 0 in either case."""
    if os.name != "nt" and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGTERM)


def _hello(folder: Path) -> protocol.Hello:
    return protocol.Hello(protocol.PROTOCOL_VERSION, os.getpid(), str(folder), sys.executable, versions())


if __name__ == "__main__":
    sys.exit(main())
