"""Settings for the tests of the scan."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Compute with one thread: on a busy machine torch's threads wait for each other longer than small scans take."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
