"""What computes: the interface that worker and cluster call, and the network behind it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol

from LightMSegmentationLib.capabilities import BackendStatus, Capabilities
from LightMSegmentationLib.memory_need import check_memory
from LightMSegmentationLib.progress import Stage

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.any_model import AnyModel
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.progress import Monitor

DEFAULT_ENGINE = "LightMSegmentationLib.engine:TorchEngine"


class Engine(Protocol):
    """Segments volumes; made once for each process that computes, called by one thread."""

    def segment(self, volume: Volume, settings: SegmentationSettings, monitor: Monitor) -> SegmentationResult:
        """Return labels on the volume's grid, or the reasons why there is no liver."""

    def probe(self, settings: SegmentationSettings) -> Capabilities:
        """Return what would really run with ``settings``."""

    def model_hash(self, settings: SegmentationSettings) -> str:
        """Return what identifies the model's content, so that a batch knows when it changed."""


class TorchEngine:
    """The network; torch is imported by the first call, and the model stays loaded while the settings are the same."""

    def __init__(self) -> None:
        self._loaded: tuple[SegmentationSettings, AnyModel] | None = None

    def segment(self, volume: Volume, settings: SegmentationSettings, monitor: Monitor) -> SegmentationResult:
        """Segment with `inference.segment_volume`; raises `ResourceError` at once when the memory can't suffice."""
        check_memory(volume.grid, settings.mode)
        monitor.report(Stage.LOAD_MODEL, 0, 1)
        model = self._model(settings)
        monitor.report(Stage.LOAD_MODEL, 1, 1)
        from LightMSegmentationLib.inference.segment_volume import segment_volume

        return segment_volume(volume, model, monitor)

    def probe(self, settings: SegmentationSettings) -> Capabilities:
        """Choose device and backend as a run would, computing something small on them."""
        import torch

        from LightMSegmentationLib.inference.device import choose_device
        from LightMSegmentationLib.network.selective_scan import available_backends, choose_backend

        device = choose_device(settings.device)
        backends = tuple(BackendStatus(report.name, report.available, report.reason) for report in available_backends())
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        backend = choose_backend(settings.backend, device)
        return Capabilities(device.type, name, backend, backends, torch.get_num_threads(), torch.__version__)

    def model_hash(self, settings: SegmentationSettings) -> str:
        """Return the SHA-256 of the model card, which holds those of the weights."""
        from LightMSegmentationLib.model_record import model_hash_of

        return model_hash_of(settings.model)

    def _model(self, settings: SegmentationSettings) -> AnyModel:
        if self._loaded is None or self._loaded[0] != settings:
            from LightMSegmentationLib.inference.any_model import load_any_model

            self._loaded = None  # frees the memory of the former model before the next one is loaded
            self._loaded = settings, load_any_model(settings)
        return self._loaded[1]


def make_engine(name: str) -> Engine:
    """Return the engine that ``module:callable`` makes."""
    module, _, attribute = name.partition(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)()
    return engine
