"""``lightm count`` gives the exact numbers of the published network."""

from __future__ import annotations

import json

import pytest
from LightMSegmentationLib.cli.main import main


@pytest.mark.parametrize(
    ("options", "parameters", "giga_macs", "size"),
    [
        ([], 5_015_766, 194.8, [128, 128, 128]),
        (["--init-filters", "16"], 1_344_966, 65.2, [128, 128, 128]),
        (["--dims", "2", "--classes", "2"], 5_011_683, None, [512, 512]),
    ],
)
def test_the_counts_are_those_of_the_reference(
    capsys: pytest.CaptureFixture[str], options: list[str], parameters: int, giga_macs: float | None, size: list[int]
) -> None:
    assert main(["count", "--network", "lightmunet", "--json", *options]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert sorted(counted) == ["macs", "parameters", "size"]
    assert (counted["parameters"], counted["size"]) == (parameters, size)
    if giga_macs is not None:
        assert round(counted["macs"] / 1e9, 1) == giga_macs


def test_vm_unet_has_every_parameter_of_the_published_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["count", "--network", "vm-unet", "--classes", "9", "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["parameters"], counted["size"]) == (44_274_033, [256, 256])
    assert round(counted["macs"] / 1e9, 2) == 11.96


def test_vm_unet_with_its_papers_depths_has_its_papers_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    depths = ["--depths", "2,2,2,2", "--decoder-depths", "2,2,2,1"]
    assert main(["count", "--network", "vm-unet", "--classes", "1", "--json", *depths]) == 0
    assert round(json.loads(capsys.readouterr().out)["parameters"] / 1e6, 2) == 27.43


@pytest.mark.parametrize(
    "options", [["--dims", "3"], ["--init-filters", "16"], ["--classes", "0"], ["--depths", "2,2"]]
)
def test_an_impossible_vm_unet_is_a_usage_error(capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    assert main(["count", "--network", "vm-unet", *options]) == 2
    assert capsys.readouterr().err.startswith("lightm: ")


def test_people_get_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["count", "--network", "lightmunet", "--init-filters", "16"]) == 0
    assert "1,344,966" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options", [["--init-filters", "13"], ["--init-filters", "0"], ["--classes", "0"], ["--depths", "1"]]
)
def test_an_impossible_network_is_a_usage_error(capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    assert main(["count", "--network", "lightmunet", *options]) == 2
    assert capsys.readouterr().err.startswith("lightm: ")
