"""Segmenting the open scan in the worker process: progress, cancel, result."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from trame_server.utils.asynchronous import create_task
from trame_slicer.app.logic import BaseLogic

from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.progress_estimate import STAGE_SHARES, Estimate, ProgressEstimate
from LightMSegmentationLib.progress_text import STAGE_TITLES, remaining_text
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.review.case import Prediction
from LightMSegmentationLib.review.state import RunState
from LightMSegmentationLib.worker.client import WorkerClient

if TYPE_CHECKING:
    from trame_server import Server
    from trame_slicer.core import SlicerApp

    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.progress import Stage
    from LightMSegmentationLib.review.case_logic import CaseLogic
    from LightMSegmentationLib.review.messages import Messages

_SECONDS_BETWEEN_NEWS = 0.25


class LatestEstimate:
    """A monitor that keeps the last news, written by the worker's thread and read by the page's."""

    def __init__(self, mode: str) -> None:
        self._estimate = ProgressEstimate(STAGE_SHARES[mode])
        self.latest: Estimate | None = None

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Keep where the run stands."""
        self.latest = self._estimate.update(stage, done, total)


class RunLogic(BaseLogic[RunState]):
    """One worker, kept warm between runs; one run at a time."""

    def __init__(
        self,
        server: Server,
        slicer_app: SlicerApp,
        case: CaseLogic,
        messages: Messages,
        settings: SegmentationSettings,
    ) -> None:
        super().__init__(server, slicer_app, RunState)
        self._case = case
        self._messages = messages
        self._settings = settings
        self._worker = WorkerClient()

    def start(self) -> None:
        """Segment the open scan; ask first when that would replace edits."""
        if self.data.is_running or self._case.case is None:
            return
        if self._case.data.is_edited:
            self.data.asks_to_replace = True
        else:
            self.start_anyway()

    def start_anyway(self) -> None:
        """Segment the open scan."""
        self.data.asks_to_replace = False
        if not self.data.is_running:
            create_task(self._run())

    def cancel(self) -> None:
        """Stop the run; the segments stay as they are."""
        if self.data.is_running:
            self.data.is_cancelling, self.data.text = True, "Stopping"
            self._worker.cancel()

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    async def _run(self) -> None:
        case = self._case.case
        assert case is not None
        self._messages.be_silent()
        self.data.is_running, self.data.is_cancelling = True, False
        self.data.percent, self.data.text = 0.0, "Starting the worker"
        self.state.flush()
        monitor = LatestEstimate(self._settings.mode.value)
        news = create_task(self._tell(monitor))
        try:
            with self._messages.explaining():
                result = await asyncio.to_thread(self._worker.segment, case.scan.volume, self._settings, monitor)
                if self._case.case is case:
                    await self._take(result)
        finally:
            news.cancel()
            self.data.is_running = self.data.is_cancelling = False
            self.state.flush()

    async def _take(self, result: SegmentationResult) -> None:
        case = self._case.case
        assert case is not None
        if result.labels is None:
            self._messages.say("No liver was found. " + " ".join(result.no_liver_reasons), "warning")
            return
        findings = result.findings
        if findings is None:
            findings = await asyncio.to_thread(measure, result.labels)
        prediction = Prediction(result.labels, findings, Provenance.of(result))
        notes = (*case.scan.notes, *result.notes)
        await self._case.take_prediction(replace(case, prediction=prediction, notes=notes))
        seconds = sum(result.timings.values())
        self._messages.say(f"Segmented with {result.model} {result.model_version} in {seconds:.0f} s.", "success")

    async def _tell(self, monitor: LatestEstimate) -> None:
        """Bring the news to the page until it is cancelled."""
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_NEWS)
            if monitor.latest is not None and not self.data.is_cancelling:
                self.data.percent = round(100.0 * monitor.latest.fraction, 1)
                self.data.text = _text(monitor.latest)
                self.state.flush()


def _text(state: Estimate) -> str:
    return ", ".join(text for text in (STAGE_TITLES[state.stage], remaining_text(state.seconds_left)) if text)
