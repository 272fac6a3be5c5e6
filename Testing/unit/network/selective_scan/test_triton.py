"""The Triton kernels without a GPU: interpreted, they equal the reference; compiled, they keep to registers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton", reason="Triton is not installed: pip install 'lightm-segmentation[kernels]', Linux only")

from LightMSegmentationLib.network.selective_scan import triton_backward, triton_carry, triton_forward
from LightMSegmentationLib.network.selective_scan.triton_scan import CARRY, CHUNK, KEPT_EVERY, RETRACE, RETRACED_ROWS

from Testing.unit.network.selective_scan.compiled_for_gpu import resources

AMPERE, HOPPER = 80, 90
WIDTH = {"N": 16, "WIDTH": 64, "WHOLE": True}
OUTPUT = {**WIDTH, "GATED": True, "KEPT_EVERY": 0}


@pytest.mark.parametrize(
    "tests", ["triton_interpreted.py", "../causal_conv_triton_interpreted.py"], ids=["scan", "convolution"]
)
def test_interpreted_kernels_equal_the_float64_reference(tests):
    """Interpret in a process of its own: Triton decides at import whether to interpret or to compile."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", (Path(__file__).parent / tests).resolve()],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("capability", [AMPERE, HOPPER])
def test_sixteen_warps_of_the_forward_kernels_fit_on_a_multiprocessor(capability, dtype):
    for kernel, constants in ((triton_forward.output, OUTPUT), (triton_forward.arrive, WIDTH)):
        used = resources(kernel, constants, CHUNK, capability, dtype)
        assert used.registers <= 65536 // 32 // 16
        assert used.spilled == 0


@pytest.mark.parametrize("capability", [AMPERE, HOPPER])
def test_the_kernel_that_joins_chunks_compiles_without_spills(capability):
    options = {name: CARRY[name] for name in CARRY if name != "COLUMNS"}
    constants = {"REVERSED": False, "N": 16, "TILE": 256, "COLUMNS": CARRY["COLUMNS"]}
    assert resources(triton_carry.carry, constants, options, capability, "fp32").spilled == 0


def test_the_gradient_kernel_hardly_spills():
    constants = {**WIDTH, "GATED": True, "KEPT_EVERY": KEPT_EVERY, "ROWS": RETRACED_ROWS}
    assert resources(triton_backward.retrace, constants, RETRACE, HOPPER, "fp32").spilled <= 32
