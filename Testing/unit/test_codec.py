"""Messages survive the way through JSON, and nothing that does not fit gets in."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from LightMSegmentationLib.codec import MalformedError, from_json, to_json
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.segment_role import LabeledSegment, SegmentRole
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.lines import LineSplitter

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
INDICES = st.tuples(*[st.integers(-(2**40), 2**40)] * 3)
SETTINGS = st.builds(SegmentationSettings)
GRIDS = st.builds(Grid, INDICES, VECTORS, VECTORS, st.tuples(*[NUMBERS] * 9))
FINDINGS = st.builds(
    Findings,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.lists(st.builds(Lesion, st.integers(), NUMBERS, NUMBERS, VECTORS, st.none() | NUMBERS)).map(tuple),
)
ROLES = st.builds(SegmentRole, st.text(), st.text(), VECTORS, st.text())
SEGMENTS = st.lists(st.builds(LabeledSegment, ROLES, st.lists(st.integers()).map(tuple)), max_size=4).map(tuple)


class Color(Enum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    values: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    number: float
    text: str | None
    color: Color
    inner: Inner
    table: dict[str, int]
    pair: tuple[int, str] = (1, "one")


VALID = {"number": 1, "text": None, "color": "red", "inner": {"values": [1, 2]}, "table": {"a": 1}}


@given(
    st.builds(protocol.Segment, st.integers(), st.text(), GRIDS, SETTINGS, st.none() | st.builds(Box, INDICES, INDICES))
)
def test_a_request_comes_back_equal(request: protocol.Segment) -> None:
    fields = protocol.read_json_object(protocol.encode(request).decode("ascii"))
    assert fields is not None
    assert protocol.decode_request(fields) == request


@given(
    st.builds(
        protocol.Segmented,
        st.integers(),
        st.none() | st.text(),
        st.none() | FINDINGS,
        st.lists(st.text()).map(tuple),
        timings=st.dictionaries(st.text(), NUMBERS),
        segments=SEGMENTS,
        volumes_ml=st.dictionaries(st.text(), NUMBERS),
    )
    | st.builds(protocol.Progress, st.integers(), fraction=NUMBERS, seconds_left=st.none() | NUMBERS)
    | st.builds(protocol.Failed, st.none() | st.integers())
)
def test_an_event_comes_back_equal(event: protocol.Event) -> None:
    fields = protocol.read_json_object(protocol.encode(event).decode("ascii"))
    assert fields is not None
    assert protocol.decode_event(fields) == event


def test_a_message_is_one_line_of_ascii_whatever_is_in_it() -> None:
    line = protocol.encode(protocol.Probe(1, SegmentationSettings(model="肝\n\u2028\udcff")))
    assert line.isascii()
    assert line.count(b"\n") == 1


def test_a_number_that_is_none_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        protocol.encode(protocol.Progress(1, Stage.READ, 0, 1, math.nan, None))


def test_a_valid_value_is_read_with_its_types() -> None:
    expected = Sample(1.0, None, Color.RED, Inner((1, 2)), {"a": 1})
    read = from_json(Sample, VALID)
    assert read == expected
    assert isinstance(read.number, float)


def test_numpy_scalars_become_plain_numbers() -> None:
    value = to_json(Inner((np.int64(3), np.uint8(4))))
    assert json.dumps(value) == '{"values": [3, 4]}'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "1"}, "value.number: expected float, got '1'"),
        ({"number": True}, "value.number: expected float"),
        ({"text": 5}, "value.text: expected str"),
        ({"color": "blue"}, "value.color: expected red"),
        ({"inner": {"values": [1, "2"]}}, r"value.inner.values\[1\]: expected int"),
        ({"inner": []}, "value.inner: expected an object"),
        ({"table": {"a": None}}, "value.table.a: expected int"),
        ({"pair": [1]}, "value.pair: expected 2 items"),
        ({"pair": "ab"}, "value.pair: expected a list"),
        ({"extra": 1}, "value: unknown extra"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_field_name(change: dict[str, object], words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        from_json(Sample, VALID | change)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(MalformedError, match="value: missing number"):
        from_json(Sample, {name: value for name, value in VALID.items() if name != "number"})


@pytest.mark.parametrize("line", ["", "text", "[1]", "1", "null", '{"a": ', "[" * 10**6])
def test_what_libraries_print_is_no_message(line: str) -> None:
    assert protocol.read_json_object(line) is None


@given(
    st.lists(st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=["Cs"]), min_size=1)),
    st.integers(1, 7),
)
def test_lines_come_out_whole_however_the_pipe_cuts_them(lines: list[str], size: int) -> None:
    data = "".join(f"{line}\r\n" for line in lines).encode()
    splitter = LineSplitter()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert [line for chunk in chunks for line in splitter.feed(chunk)] == lines
