"""`lightm listen` as a process, with a small model; also against a real Orthanc."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from highdicom.seg import segread
from LightMSegmentationLib.cli.main import main

from Testing.data.dicom_files import write_series
from Testing.data.phantom import abdomen_phantom
from Testing.data.system_tools import system_tool
from Testing.data.tiny_model import write_tiny_model
from Testing.unit.dicom_export.conftest import of_a_patient
from Testing.unit.dicom_node.conftest import SERIES, STUDY, echo, send
from Testing.unit.dicom_node.listening_process import free_port, listening, orthanc, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from Testing.unit.dicom_node.conftest import Archive

LONG = 240
OUT_OF_RESOURCES = 0xA700


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def phantom_study(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the files of a study with a phantom that the small model finds a liver in."""
    hu, _ = abdomen_phantom(seed=1, spacing=(6.0, 6.0, 6.0), tumor_diameters=(25.0, 50.0))
    return sorted(write_series(tmp_path_factory.mktemp("study"), hu, of_a_patient, uid=SERIES).iterdir())


@pytest.fixture
def options(tmp_path: Path, model: Path) -> tuple[object, ...]:
    return ("--output", tmp_path / "node", "--port", 0, "--settle-seconds", 1, "--mode", "fast", "--model", model)


@pytest.mark.skipif(os.name == "nt", reason="Windows gives no program a Ctrl-C of its own")
def test_ctrl_c_ends_it_cleanly(options: tuple[object, ...]) -> None:
    with listening(*options) as node:
        assert node.lines == [f"Listening as LIGHTM on 127.0.0.1:{node.port}.\n"]
        assert echo(node.port) == 0
        assert node.interrupt() == (0, "Stopped.\n")
    assert echo(node.port) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_studies_are_kept_from_other_users(options: tuple[object, ...], tmp_path: Path, study: list[Path]) -> None:
    with listening(*options) as node:
        send(node.port, study[:1])
        node.interrupt()
    made = [tmp_path / "node", *(tmp_path / "node").rglob("*")]
    assert len(made) > 4
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no limit of file sizes")
def test_a_full_disk_is_answered_with_out_of_resources_and_the_node_lives_on(
    options: tuple[object, ...], tmp_path: Path, study: list[Path]
) -> None:
    import resource

    limit = study[0].stat().st_size // 2
    with listening(*options, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) as node:
        assert send(node.port, study[:1]) == [OUT_OF_RESOURCES]
        assert echo(node.port) == 0
    assert [path for path in (tmp_path / "node" / "received").rglob("*") if path.is_file()] == []


def test_a_killed_node_loses_nothing(options: tuple[object, ...], archive: Archive, phantom_study: list[Path]) -> None:
    options = (*options, "--send-to", f"ARCHIVE@127.0.0.1:{archive.port}")
    with listening(*options) as node:
        assert set(send(node.port, phantom_study)) == {0}
        node.process.kill()
        node.process.wait()
    with listening(*options) as node:
        assert archive.changed.wait(LONG), node.lines
    (segmentation,) = archive.received
    assert segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID == SERIES


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("--send-to", "PACS"), "'PACS' is no destination. Give it as AET@HOST:PORT"),
        (("--aet", "A" * 17), "is no application entity title"),
    ],
)
def test_a_wrong_address_ends_with_2(
    wrong: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listen", "--output", str(tmp_path / "node"), *wrong]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "node").exists()


def test_orthanc_gets_the_segmentation_of_the_study_that_it_sent(
    options: tuple[object, ...], phantom_study: list[Path], tmp_path: Path
) -> None:
    program, dicom_port = system_tool("Orthanc"), free_port()
    with (
        listening(*options, "--send-to", f"ORTHANC@127.0.0.1:{dicom_port}") as node,
        orthanc(program, tmp_path / "orthanc", dicom_port, node.port) as archive,
    ):
        assert set(send(dicom_port, phantom_study, "ORTHANC")) == {0}
        assert wait_until(lambda: archive.series("SEG"), LONG), node.lines
        (series,) = archive.series("SEG")
        (instance,) = series["Instances"]
        (tmp_path / "back.dcm").write_bytes(archive.get(f"/instances/{instance}/file"))
        assert len(archive.series("CT")) == 1
    back = segread(tmp_path / "back.dcm")
    sent = segread(tmp_path / "node" / "results" / STUDY / f"{SERIES}.seg.dcm")
    assert back.SOPInstanceUID == sent.SOPInstanceUID
    np.testing.assert_array_equal(back.get_volume().array, sent.get_volume().array)
    assert back.get_volume().array.any()
