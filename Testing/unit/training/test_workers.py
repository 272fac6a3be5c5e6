"""Two processes that train together end with the same weights, as one process with the mean of their gradients."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
import torch
from torch import nn
from LightMSegmentationLib.training.workers import Workers

torch.set_num_threads(1)
workers = Workers()
network = nn.Linear(2, 1)
nn.init.zeros_(network.weight)
network(torch.tensor([[1.0 + 2.0 * workers.rank, 5.0]])).sum().backward()
workers.average_gradients(network)
names = workers.gathered({str(workers.rank): workers.leads})
Path(sys.argv[1], str(workers.rank)).write_text(f"{network.weight.grad.tolist()} {sorted(names.items())}")
workers.leave()
"""


def test_gradients_are_averaged_and_results_gathered_over_processes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    launch += ["--log-dir", str(tmp_path / "logs")]  # otherwise it leaves a folder among the temporary files
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([*launch, str(script), str(tmp_path)], check=True, env=environment, timeout=120)
    expected = "[[2.0, 5.0]] [('0', True), ('1', False)]"
    assert [Path(tmp_path, rank).read_text(encoding="utf-8") for rank in ("0", "1")] == [expected, expected]
