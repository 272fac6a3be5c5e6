"""Every unusable input is refused with one sentence that says what it is, what is wrong and what to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import SimpleITK as sitk
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.check import check_ct
from LightMSegmentationLib.imaging.read import read_volume

from Testing.data.bad_inputs import BAD_INPUTS, BadInput
from Testing.data.dicom_files import write_series
from Testing.data.tiny_ct import tiny_ct

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=str)
def test_is_refused_with_the_name_the_reason_and_advice(
    bad: BadInput, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    path = bad.make(tmp_path)

    with pytest.raises(UnusableInputError) as refusal:
        check_ct(read_volume(path).volume, path.name)

    assert refusal.value.exit_code == 3
    assert path.name in refusal.value.cause or any(file.name in refusal.value.cause for file in path.glob("*"))
    assert all(piece.lower() in str(refusal.value).lower() for piece in bad.says), str(refusal.value)
    assert refusal.value.cause.endswith(".")
    assert "\n" not in str(refusal.value)
    assert refusal.value.advice.endswith(".")
    assert capfd.readouterr() == ("", "")


def test_names_are_unique():
    names = [bad.name for bad in BAD_INPUTS]
    assert len(set(names)) == len(names)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file names that are no text")
@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha", "dcm"])
def test_a_name_that_is_no_text_is_refused_where_simpleitk_would_end_the_process(tmp_path: Path, suffix: str) -> None:
    if suffix == "dcm":
        path = write_series(tmp_path / os.fsdecode(b"scan\xff"), tiny_ct())
    else:
        sitk.WriteImage(tiny_ct().to_image(), str(tmp_path / f"scan.{suffix}"))
        path = (tmp_path / f"scan.{suffix}").rename(tmp_path / os.fsdecode(b"scan\xff." + suffix.encode()))
    with pytest.raises(UnusableInputError, match=r"scan\\xff.* has a name with bytes that are no text"):
        read_volume(path)
