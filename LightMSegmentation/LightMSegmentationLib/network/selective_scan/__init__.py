"""The selective scan of Mamba-1 behind one function, with a backend per file."""

from LightMSegmentationLib.network.selective_scan.backends import BackendReport, available_backends, choose_backend
from LightMSegmentationLib.network.selective_scan.scan import selective_scan

__all__ = ["BackendReport", "available_backends", "choose_backend", "selective_scan"]
