"""A sequence that several threads share comes out as if one had walked over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.network.mamba_layer import MambaLayer

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network import compiled_layer
from LightMSegmentationLib.network.compiled_layer import stretches
from LightMSegmentationLib.network.compiled_layer.stretches import bounds, stretch_count, walk_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.network.compiled_layer.stretches import Span

UNIT = 512
LENGTH = 5 * UNIT + 77
"""Three stretches of different length, the last one ending within a tile."""


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "SHORTEST_STRETCH", UNIT)


def some_layer(channels: int, outputs: int, slowness: float) -> MambaLayer:
    torch.manual_seed(channels)
    layer = MambaLayer(channels, outputs).requires_grad_(requires_grad=False)
    layer.mamba.A_log.add_(torch.tensor(slowness).log())
    layer.mamba.dt_proj.bias.add_(2.0)  # steps of a tenth to one: a state forgets within some hundred rows
    return layer


def some_tokens(batch: int, channels: int, length: int = LENGTH) -> torch.Tensor:
    return torch.randn(batch, length, channels, generator=torch.Generator().manual_seed(batch))


def mixed_by(threads: int, tokens: torch.Tensor, layer: MambaLayer) -> torch.Tensor:
    torch.set_num_threads(threads)
    return compiled_layer.mixed(tokens, layer)


@pytest.mark.parametrize("slowness", [1.0, 1e-3, 1e-9], ids=["forgets", "forgets slowly", "forgets nothing"])
@pytest.mark.parametrize(("channels", "outputs", "batch", "threads"), [(16, 32, 1, 2), (32, 16, 1, 3), (16, 16, 2, 6)])
@pytest.mark.usefixtures("short_stretches")
def test_several_threads_write_the_bits_of_one(
    channels: int, outputs: int, batch: int, threads: int, slowness: float
) -> None:
    layer, tokens = some_layer(channels, outputs, slowness), some_tokens(batch, channels)
    alone = mixed_by(1, tokens, layer)
    assert torch.equal(mixed_by(threads, tokens, layer), alone)


@pytest.mark.usefixtures("short_stretches")
def test_gradients_after_a_shared_way_forward_have_the_bits_of_one_thread() -> None:
    layer, tokens = some_layer(16, 16, 1e-3).requires_grad_(), some_tokens(1, 16)
    results = [mixed_by(threads, tokens, layer) for threads in (1, 3)]
    alone, shared = (torch.autograd.grad(result.square().sum(), [*layer.parameters()]) for result in results)
    assert all(torch.equal(*pair) for pair in zip(alone, shared, strict=True))


# A state that forgets nothing is a sum of thousands of terms, whose rounding adds up.
@pytest.mark.parametrize(("slowness", "bound"), [(1.0, 1e-6), (1e-9, 1e-5)], ids=["forgets", "forgets nothing"])
@pytest.mark.usefixtures("short_stretches")
def test_a_shared_sequence_equals_the_steps_in_float64(slowness: float, bound: float) -> None:
    layer, tokens = some_layer(16, 16, slowness), some_tokens(1, 16)
    exact = MambaLayer(16, 16, "chunked").double()
    exact.load_state_dict(layer.state_dict())
    torch.set_num_threads(1)  # many small operations
    truth = exact.requires_grad_(requires_grad=False).step_by_step(tokens.double())
    assert (mixed_by(3, tokens, layer) - truth).abs().max() <= bound * truth.abs().max()


@pytest.mark.usefixtures("short_stretches")
def test_what_is_not_a_number_is_never_taken_for_forgotten() -> None:
    layer, tokens = some_layer(16, 16, 1.0), some_tokens(1, 16)
    tokens[:, 3] = float("nan")
    assert torch.equal(mixed_by(3, tokens, layer).isnan(), mixed_by(1, tokens, layer).isnan())


def test_a_sequence_is_shared_only_where_stretches_are_long_and_no_gradients_are_wanted() -> None:
    layer, long = some_layer(16, 16, 1.0), torch.zeros(1, 2 * stretches.SHORTEST_STRETCH, 16)
    torch.set_num_threads(2)
    assert compiled_layer.fits(long, layer)
    assert not compiled_layer.fits(long[:, 1:], layer)
    assert not compiled_layer.fits(long, layer.requires_grad_())
    with torch.inference_mode():
        assert compiled_layer.fits(long, layer)


def test_a_thread_that_is_alone_keeps_a_sequence_whole() -> None:
    torch.set_num_threads(1)
    assert stretch_count(1, 100 * stretches.SHORTEST_STRETCH) == 1


@pytest.mark.parametrize("length", [3 * UNIT, 3 * UNIT + 1, 10 * UNIT - 1])
def test_stretches_cover_a_sequence_and_begin_where_states_are_kept(length: int) -> None:
    parts = bounds(length, 3, UNIT)
    assert [first for first, _ in parts] == [0, *(last for _, last in parts[:-1])]
    assert parts[-1][1] == length
    assert all(first % UNIT == 0 and first < last for first, last in parts)


class Sums:
    """A walk whose state and result is the sum of row numbers since the last multiple of ``forgets_every``."""

    def __init__(self, length: int, forgets_every: int) -> None:
        self.result = torch.zeros(1, length)
        self.kept: dict[int, float] = {}
        self.walked: list[tuple[int, int]] = []
        self._forgets_every = forgets_every

    def __call__(self, sample: int, span: Span, state: torch.Tensor) -> bool:
        for row in range(span.first_row, span.last_row):
            if row % UNIT == 0:
                if span.again and self.kept[row] == state.item():
                    self.walked.append((span.first_row, row))
                    return False
                self.kept[row] = state.item()
            state.mul_(row % self._forgets_every != 0).add_(row)
            self.result[sample, row] = state
        self.walked.append((span.first_row, span.last_row))
        return True


def sums(threads: int, forgets_every: int) -> Sums:
    torch.set_num_threads(threads)
    walk = Sums(4 * UNIT, forgets_every)
    walk_all(walk, 1, 4 * UNIT, UNIT, torch.zeros(()))
    return walk


@pytest.mark.parametrize("forgets_every", [100, 4 * UNIT])
@pytest.mark.usefixtures("short_stretches")
def test_a_state_reaches_as_far_as_it_is_remembered(forgets_every: int) -> None:
    assert torch.equal(sums(4, forgets_every).result, sums(1, forgets_every).result)


@pytest.mark.usefixtures("short_stretches")
def test_only_what_a_state_reaches_is_walked_over_again() -> None:
    again = sums(2, 100).walked[2:]
    assert again == [(2 * UNIT, 3 * UNIT)]
