"""Where results go is checked before anything is computed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from LightMSegmentationLib.cli.output_plan import OutputPlan, default_segmentation, has_ending
from LightMSegmentationLib.errors import UnusableInputError, UsageError


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(b"scan")
    return path


@pytest.mark.parametrize("name", ["o.seg.nrrd", "o.nii.gz", "o.nrrd", "o.mha", "O.NII.GZ", "Größe 肝.mha"])
def test_the_known_endings_are_accepted(scan: Path, name: str) -> None:
    OutputPlan(scan.with_name(name)).check(scan)
    assert [path.name for path in scan.parent.iterdir()] == [scan.name], "the check leaves nothing behind"


@pytest.mark.parametrize("name", ["o", "o.nii", "o.stl", "o.nii.gz.txt", ".nrrd", "o.png"])
def test_an_unknown_ending_is_a_usage_error_that_names_the_known_ones(scan: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.seg\.nrrd or \.nii\.gz or \.nrrd or \.mha"):
        OutputPlan(scan.with_name(name)).check(scan)


@pytest.mark.parametrize(("kind", "name"), [("table", "t.txt"), ("preview", "p.jpg"), ("report", "r.xml")])
def test_every_output_knows_its_endings(scan: Path, kind: str, name: str) -> None:
    plan = OutputPlan(scan.with_name("o.nrrd"), **{kind: scan.with_name(name)})
    with pytest.raises(UsageError, match=f"The {kind} file"):
        plan.check(scan)


def test_the_input_is_never_an_output(scan: Path) -> None:
    with pytest.raises(UsageError, match="input and the segmentation are the same file"):
        OutputPlan(scan.parent / "." / scan.name).check(scan)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_the_input_behind_a_link_is_no_output_either(scan: Path) -> None:
    link = scan.with_name("link.nii.gz")
    link.symlink_to(scan)
    with pytest.raises(UsageError, match="same file"):
        OutputPlan(link).check(scan)


def test_two_outputs_are_never_the_same_file(scan: Path) -> None:
    same = scan.with_name("same.json")
    with pytest.raises(UsageError, match="table and the report are the same file"):
        OutputPlan(scan.with_name("o.mha"), table=same, report=same).check(scan)


def test_a_folder_in_the_way_is_named(scan: Path) -> None:
    folder = scan.with_name("o.mha")
    folder.mkdir()
    with pytest.raises(UnusableInputError, match=r"o\.mha.*is a folder"):
        OutputPlan(folder).check(scan)


def test_a_file_where_a_folder_should_be_is_refused(scan: Path) -> None:
    with pytest.raises(UnusableInputError, match="can't be written"):
        OutputPlan(scan / "o.mha").check(scan)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_is_not_replaced(scan: Path) -> None:
    link = scan.with_name("full.mha")
    link.symlink_to("/dev/full")
    with pytest.raises(UnusableInputError, match="not a regular file"):
        OutputPlan(link).check(scan)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(scan: Path) -> None:
    folder = scan.with_name("locked")
    folder.mkdir(mode=0o555)
    with pytest.raises(UnusableInputError, match="can't be written"):
        OutputPlan(folder / "o.mha").check(scan)


def test_missing_folders_are_allowed_and_not_made_by_the_check(scan: Path) -> None:
    OutputPlan(scan.parent / "new" / "deep" / "o.mha").check(scan)
    assert not (scan.parent / "new").exists()


@pytest.mark.parametrize(
    ("source", "stem"),
    [("scan.nii.gz", "scan"), ("case.1.nrrd", "case.1"), ("a.seg.nrrd", "a"), ("dicom", "dicom"), ("x.dcm", "x")],
)
def test_the_default_name_is_the_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, stem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_segmentation(Path(source)).name.split("_segmentation")[0] == stem


def test_the_default_name_is_a_free_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = default_segmentation(Path("scan.nii.gz"))
    first.touch()
    second = default_segmentation(Path("scan.nii.gz"))
    assert second.name.startswith("scan_segmentation_2.")


def test_an_ending_alone_is_no_name() -> None:
    assert not has_ending(Path(".nii.gz"), (".nii.gz",))
