"""Times the scan and the whole network on an NVIDIA GPU, beside mamba-ssm where that is installed.

Run from the project's root::

    python -m Testing.benchmarks.gpu_scan out/gpu_scan.json

Prints a Markdown table and writes every row to the JSON file as soon as it is measured. Times are medians by device
events after a warm-up. mamba-ssm gets its inputs as it wants them, with the sequence last; the time for that is not
counted. Every result is compared with plain PyTorch in float64 before it is timed, on the first 65,536 rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import torch
from LightMSegmentationLib.network import mamba
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.selective_scan.chunked import scan_chunked
from LightMSegmentationLib.network.selective_scan.triton_scan import scan_triton

from Testing.unit.network.selective_scan.scan_inputs import relative_error, scan_inputs

# (batch, length, channels, states): the levels of the network on a patch of 128 x 128 x 128, and a small batch.
SHAPES = [(1, 2_097_152, 64, 16), (1, 262_144, 128, 16), (1, 32_768, 256, 16), (1, 4096, 512, 16), (4, 65_536, 64, 16)]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
CHECKED_ROWS = 65_536
EXPONENTIALS_PER_CYCLE = 16  # of one multiprocessor, compute capability 8.0 and 9.0
SCAN_LAST = {0, 1, 3, 4, 6}  # u, delta, B, C, z: what mamba-ssm wants with the sequence last


@dataclass(frozen=True)
class Row:
    """One measurement; times in ms, memory in MiB, a floor of 0 where none was counted."""

    what: str
    shape: str
    dtype: str
    direction: str
    ours_ms: float
    mamba_ssm_ms: float | None
    bytes_floor_ms: float
    exponentials_floor_ms: float
    ours_mib: float
    mamba_ssm_mib: float | None
    error: float

    def as_markdown(self) -> str:
        """Return the row of the table; the floor is the larger one."""
        floor = max(self.bytes_floor_ms, self.exponentials_floor_ms)
        ratio = f"{self.mamba_ssm_ms / self.ours_ms:.1f}" if self.mamba_ssm_ms else "-"
        cells = [
            self.what, self.shape, self.dtype, self.direction, f"{self.ours_ms:.3f}", _figure(self.mamba_ssm_ms, 3),
            ratio, _figure(self.bytes_floor_ms or None, 3), _figure(self.exponentials_floor_ms or None, 3),
            f"{self.ours_ms / floor:.2f}" if floor else "-", f"{self.ours_mib:.0f}", _figure(self.mamba_ssm_mib, 0),
            f"{self.error:.1e}",
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"


HEADER = (
    "| what | shape | type | direction | ours, ms | mamba-ssm, ms | ratio | bytes floor, ms | exp floor, ms "
    "| ours / floor | ours, MiB | mamba-ssm, MiB | error |\n|" + " --- |" * 13
)


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def median_ms(run: Callable[[], object], repeats: int = 21) -> float:
    """Return the median time of a call by device events, after three calls that are not counted."""
    for _ in range(3):
        run()
    times = []
    for _ in range(repeats):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        run()
        stop.record()
        stop.synchronize()
        times.append(start.elapsed_time(stop))
    return sorted(times)[repeats // 2]


def time_and_memory(run: Callable[[], object]) -> tuple[float, float]:
    """Return the median time in ms, and the peak of memory in MiB over what the inputs take."""
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    elapsed = median_ms(run)
    return elapsed, (torch.cuda.max_memory_allocated() - before) / 2**20


def copy_rate() -> float:
    """Return the bytes per ms that a copy on the device moves, counting what is read and what is written."""
    source = torch.rand(2**29, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.nbytes / median_ms(lambda: target.copy_(source))


def forward(scan: Callable[..., torch.Tensor], inputs: list[torch.Tensor]) -> Callable[[], object]:
    """Return the forward pass as a call."""

    def run() -> None:
        with torch.no_grad():
            scan(*inputs)

    return run


def there_and_back(scan: Callable[..., torch.Tensor], inputs: list[torch.Tensor]) -> Callable[[], object]:
    """Return the forward and backward pass as a call."""
    leaves = [x.detach().requires_grad_() for x in inputs]
    upstream = torch.randn_like(inputs[0])
    return lambda: torch.autograd.grad(scan(*leaves), leaves, upstream)


DIRECTIONS = {"forward": forward, "forward + backward": there_and_back}


def scan_of_mamba_ssm() -> Callable[..., torch.Tensor] | None:
    """Return mamba-ssm's scan for inputs with the sequence last, or None where it is not installed."""
    if find_spec("mamba_ssm") is None:
        return None
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn

    def scan(u, delta, A, B, C, D, z, delta_bias):
        return selective_scan_fn(u, delta, A, B, C, D, z=z, delta_bias=delta_bias, delta_softplus=True)

    return scan


def inputs_on_gpu(shape: tuple[int, int, int, int], dtype: torch.dtype) -> list[torch.Tensor]:
    """Return random inputs of the type, parameters in float32."""
    inputs = scan_inputs(*shape)
    return [x.to("cuda", dtype if k in SCAN_LAST else torch.float32) for k, x in enumerate(inputs) if x is not None]


def error_of(inputs: list[torch.Tensor]) -> float:
    """Return how far our output is from float64 on the first rows."""
    first = [x[:, :CHECKED_ROWS] if k in SCAN_LAST else x for k, x in enumerate(inputs)]
    with torch.no_grad():
        return relative_error(scan_triton(*first), scan_chunked(*(x.double() for x in first)))


def measure_scan(shape: tuple[int, int, int, int], dtype: str, rates: tuple[float, float]) -> Iterator[Row]:
    """Measure the scan alone; ``rates`` are bytes and exponentials per ms."""
    inputs = inputs_on_gpu(shape, DTYPES[dtype])
    error, theirs = error_of(inputs), scan_of_mamba_ssm()
    turned = [x.transpose(1, 2).contiguous() if k in SCAN_LAST else x for k, x in enumerate(inputs)]
    batch, length, channels, states = shape
    # Forward: u, delta, z, B, C read, y written; the decays of all states, softplus once, SiLU twice.
    floors = (
        (sum(inputs[k].nbytes for k in SCAN_LAST) + inputs[0].nbytes) / rates[0],
        batch * length * channels * (states + 3) / rates[1],
    )
    for direction, called in DIRECTIONS.items():
        ours = time_and_memory(called(scan_triton, inputs))
        reference = time_and_memory(called(theirs, turned)) if theirs else (None, None)
        floor = floors if direction == "forward" else (0.0, 0.0)
        yield Row("scan", "x".join(map(str, shape)), dtype, direction, ours[0], reference[0], *floor,
                  ours[1], reference[1], error)  # fmt: skip


def their_convolution() -> AbstractContextManager:
    """Let the network's convolution be that of causal-conv1d, where it is installed."""
    if find_spec("causal_conv1d") is None:
        return nullcontext()
    from causal_conv1d import causal_conv1d_fn

    def convolve(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return causal_conv1d_fn(x.transpose(1, 2), weight, bias, activation="silu").transpose(1, 2)

    return mock.patch.object(mamba, "causal_conv_silu", convolve)


def measure_network(size: int, dtype: str) -> Row:
    """Measure the forward pass of the published network on one cube."""
    image = torch.randn(1, 1, size, size, size, device="cuda")
    torch.manual_seed(0)
    network = LightMUNet(scan_backend="triton").cuda().eval()
    same = LightMUNet(scan_backend="mamba-ssm").cuda().eval()
    same.load_state_dict(network.state_dict())
    results, times = [], []
    for net, convolution in ((network, nullcontext()), (same, their_convolution())):
        if net is same and find_spec("mamba_ssm") is None:
            times.append((None, None))
            continue
        with torch.no_grad(), convolution, torch.autocast("cuda", DTYPES[dtype], enabled=dtype != "float32"):
            results.append(net(image).float())
            times.append(time_and_memory(lambda net=net: net(image)))
    (ours, ours_mib), (theirs, theirs_mib) = times
    error = relative_error(results[0], results[-1])
    return Row("network", f"{size} cubed", dtype, "forward", ours, theirs, 0.0, 0.0, ours_mib, theirs_mib, error)


def versions() -> dict[str, str]:
    """Return the device and what computes."""
    packages = {package: _version(package) for package in ("triton", "mamba-ssm", "causal-conv1d")}
    return {"device": torch.cuda.get_device_name(), "torch": torch.__version__} | packages


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def all_rows(clock_ghz: float) -> Iterator[Row]:
    """Measure everything, the shape that matters most first."""
    multiprocessors = torch.cuda.get_device_properties(0).multi_processor_count
    rates = copy_rate(), EXPONENTIALS_PER_CYCLE * multiprocessors * clock_ghz * 1e6
    for shape in SHAPES:
        for dtype in DTYPES:
            yield from measure_scan(shape, dtype, rates)
            torch.cuda.empty_cache()
        if shape == SHAPES[0]:
            for dtype in ("float32", "bfloat16"):
                yield measure_network(128, dtype)
                torch.cuda.empty_cache()


def main() -> int:
    """Measure, print, and write after every row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="JSON file for the results")
    parser.add_argument("--clock-ghz", type=float, default=1.98, help="clock of the multiprocessors (H100, H200: 1.98)")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.stderr.write("No CUDA device answers: the GPU figures can't be measured on this computer.\n")
        return 1
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{versions()}\n\n{HEADER}\n")
    rows: list[Row] = []
    for row in all_rows(arguments.clock_ghz):
        rows.append(row)
        sys.stdout.write(row.as_markdown() + "\n")
        sys.stdout.flush()
        arguments.results.write_text(json.dumps({"versions": versions(), "rows": [asdict(r) for r in rows]}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
