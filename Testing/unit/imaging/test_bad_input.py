"""Every unusable input is refused with one sentence that says what it is, what is wrong and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.check import check_ct
from LightMSegmentationLib.imaging.read import read_volume

from Testing.data.bad_inputs import BAD_INPUTS, BadInput

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
