"""Benchmarks run, and say what they measured; how fast it was decides nothing here."""

from __future__ import annotations

import json

import pytest
from LightMSegmentationLib.cli.main import main

ROW = {"name", "wall_s", "cpu_s", "peak_mb"}


@pytest.mark.parametrize(("what", "facts"), [("scan", set()), ("layer", set()), ("network", {"M parameters", "GFLOP"})])
def test_a_tiny_benchmark_names_candidates_figures_and_machine(
    what: str, facts: set, capsys: pytest.CaptureFixture
) -> None:
    words = ["bench", "--what", what, "--size", "32", "--length", "64", "--rounds", "1", "--device", "cpu", "--json"]
    assert main(words) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"processor", "threads", "torch", "lightm"} <= set(document["machine"])
    assert document["rows"]
    for row in document["rows"]:
        assert set(row) == ROW | facts
        assert row["wall_s"] > 0


def test_the_table_is_markdown_with_a_ratio_to_the_first_row(capsys: pytest.CaptureFixture) -> None:
    assert main(["bench", "--what", "layer", "--length", "64", "--rounds", "1", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = lines[4].split("|")
    assert lines[3].startswith("| --- |")
    assert first[4].strip() == "1.00"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--what", "segment"], "--scan INPUT"),
        (["--size", "100"], "multiple of 32"),
        (["--rounds", "0"], "must be positive"),
    ],
)
def test_what_can_not_be_measured_is_said(words: list, sentence: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["bench", *words]) == 2
    assert sentence in capsys.readouterr().err
