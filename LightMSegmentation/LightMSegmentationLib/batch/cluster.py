"""Doing the cases of a batch on a Dask cluster.

Workers read the scans and write results aside, in folders that all computers share; only the client puts results into
place and writes the ledger. So a worker that dies takes nothing along but its running case, which the scheduler gives
to another, and one that was given up for lost can't spoil what another did in its place.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib import __version__
from LightMSegmentationLib.batch.case_job import CaseJob, CaseResult, do_case, failed_case
from LightMSegmentationLib.batch.computing import Begun, Ended, Step
from LightMSegmentationLib.engine import DEFAULT_ENGINE, make_engine
from LightMSegmentationLib.errors import CancelledError, ModelError, ResourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from typing_extensions import Self

    from LightMSegmentationLib.engine import Engine
    from LightMSegmentationLib.progress import Stage

GPU = "GPU"
"""The resource that workers with a GPU offer: ``dask worker --resources GPU=1``."""

_CONNECT_SECONDS = 20
_SECONDS_BETWEEN_LOOKS = 1.0

_engines: dict[str, Engine] = {}
_one_case = threading.Lock()


class ClusterComputing:
    """Gives cases to the workers of the Dask scheduler at ``address``, one at a time to each. A context manager.

    Where workers offer the resource `GPU`, each case takes one, so that a GPU never computes two cases at once.

    Parameters
    ----------
    address
        As the scheduler prints it, such as ``tcp://head:8786``.
    engine
        ``module:callable`` that makes what computes, in each worker.

    Raises
    ------
    ModelError
        When dask.distributed is missing.
    UsageError
        When nobody answers at the address.
    """

    def __init__(self, address: str, engine: str = DEFAULT_ENGINE) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            cause = "Computing on a cluster needs the Python package distributed, which is not installed."
            raise ModelError(cause, 'Install it with: pip install "lightm-segmentation[cluster]"') from error
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            cause = f"No Dask scheduler answers at {address}."
            raise UsageError(cause, "Give the address that dask scheduler printed, such as tcp://head:8786.") from error
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def steps(self, jobs: Sequence[CaseJob]) -> Iterator[Step]:
        """Do the jobs on all workers that are there, and on those that join; yield `Begun` and `Ended` of each.

        Raises
        ------
        ModelError
            When a worker has another version, or another model under the same name.
        UsageError
            When a worker does not see the output folder, or a GPU is wanted and none is offered.
        ResourceError
            When the connection to the scheduler is lost.
        """
        from distributed import CancelledError as LostError

        if not jobs:
            return
        self._check_workers(jobs[0])
        waiting = list(reversed(jobs))
        running: dict[Any, CaseJob] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self._places():
                    job = waiting.pop()
                    yield Begun(job)
                    running[self._submitted(job)] = job
                for future in self._ended(list(running)):
                    job = running.pop(future)
                    yield Ended(job, _result(future, job))
        except LostError as error:
            cause = "The connection to the Dask scheduler was lost."
            raise ResourceError(cause, "Finished cases are kept; run the batch again to continue.") from error
        finally:
            self._client.cancel(list(running), force=True)

    def _places(self) -> int:
        """Return how many cases can run at once: one for each GPU where there are some, else for each worker."""
        workers = self._workers()
        gpus = sum(int(worker["resources"].get(GPU, 0)) for worker in workers)
        return max(1, gpus or len(workers))

    def _workers(self) -> list[dict[str, Any]]:
        return list(self._client.scheduler_info(n_workers=-1)["workers"].values())

    def _submitted(self, job: CaseJob) -> Any:
        offers_gpu = any(worker["resources"].get(GPU) for worker in self._workers())
        return self._client.submit(
            _do_on_worker,
            job,
            self._engine,
            pure=False,
            key=f"lightm-case-{job.number}-{job.run_folder.name}",
            resources={GPU: 1} if offers_gpu else None,
        )

    def _ended(self, futures: list[Any]) -> list[Any]:
        """Wait until one of the cases ended, or a second, in which workers may have joined."""
        from distributed import TimeoutError as NoneEnded
        from distributed import wait

        if not futures:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            return []
        try:
            with self._client.as_current():
                return list(wait(futures, timeout=_SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED").done)
        except NoneEnded:
            self._check_connection()
            return []

    def _check_connection(self) -> None:
        if self._client.status != "running":
            cause = "The connection to the Dask scheduler was lost."
            raise ResourceError(cause, "Finished cases are kept; run the batch again to continue.")

    def _check_workers(self, job: CaseJob) -> None:
        """Compare what the workers are with what the batch needs, before any case is given to them."""
        self._client.wait_for_workers(1)
        if job.order.settings.device == "cuda" and not any(worker["resources"].get(GPU) for worker in self._workers()):
            cause = "No worker of the cluster offers a GPU."
            raise UsageError(cause, f"Start workers with --resources {GPU}=1, or leave --device to auto.")
        facts = self._client.run(partial(_facts, job.run_folder, job.order.settings.model))
        for address, (version, sees_folder, model_hash) in facts.items():
            if version != __version__:
                cause = f"The worker {address} has lightm {version}, this computer {__version__}."
                raise ModelError(cause, "Install the same version everywhere.")
            if not sees_folder:
                cause = f"The worker {address} does not see the output folder {job.order.target}."
                raise UsageError(cause, "Use folders that all computers share, under the same path.")
            if self._engine == DEFAULT_ENGINE and model_hash != job.order.model_hash:
                model = job.order.settings.model
                cause = f"The worker {address} has another model than this computer, or none, as {model}."
                raise ModelError(cause, "Install the same model everywhere, or give a card in a shared folder.")


def _facts(run_folder: Path, model: str) -> tuple[str, bool, str]:
    """Return, on a worker, its version, whether it sees the output folder, and the hash of its model."""
    from LightMSegmentationLib.model_record import model_hash_of

    try:
        model_hash = model_hash_of(model)
    except ModelError:
        model_hash = ""
    return __version__, run_folder.is_dir(), model_hash


def _do_on_worker(job: CaseJob, engine_name: str) -> CaseResult:
    """Do a case on a worker, which keeps its model loaded; a second thread of the same worker waits."""
    with _one_case:
        engine = _engines.get(engine_name) or _engines.setdefault(engine_name, make_engine(engine_name))
        return do_case(job, engine.segment, _WantedMonitor(job))


class _WantedMonitor:
    """Stops a case whose run has ended: then the client has removed the folder in which results were awaited."""

    def __init__(self, job: CaseJob) -> None:
        self._folder = job.run_folder
        self._looked_at = 0.0

    def report(self, stage: Stage, done: int, total: int) -> None:  # noqa: ARG002 (nobody is told)
        """Look for the folder once a second."""
        now = time.monotonic()
        if now - self._looked_at >= _SECONDS_BETWEEN_LOOKS:
            self._looked_at = now
            if not self._folder.is_dir():
                raise CancelledError


def _result(future: Any, job: CaseJob) -> CaseResult:
    """Return what became of a case; one that kept killing workers, or whose worker failed, is a failed case."""
    from distributed import KilledWorker

    if future.status == "finished":
        return future.result()
    error = future.exception()
    if isinstance(error, KilledWorker):
        cause = "The worker process ended several times while it computed this case."
        return failed_case(job, ResourceError(cause, "It may need more memory than the workers have."))
    return failed_case(job, error or RuntimeError("no result"))
