"""Label maps are written whole, where they belong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.imaging.write import LABEL_MAP_SUFFIXES, write_label_map

from Testing.data.tiny_ct import tiny_ct
from Testing.unit.imaging.reading import assert_same_volume, oblique_direction


def labels() -> Volume:
    """Return labels 0, 1 and 2 on an oblique anisotropic grid."""
    scan = tiny_ct(spacing=(7.0, 9.0, 11.0), direction=oblique_direction())
    return Volume((scan.array > 0).astype(np.uint8) + (scan.array > 300), scan.grid)


@pytest.mark.parametrize("form", LABEL_MAP_SUFFIXES)
def test_itk_reads_the_same_labels_at_the_same_places(form: str, tmp_path: Path):
    path = tmp_path / f"labels{form}"
    write_label_map(labels(), path)
    image = sitk.ReadImage(str(path))
    assert image.GetPixelID() == sitk.sitkUInt8
    assert_same_volume(Volume.of_image(image), labels())


@pytest.mark.parametrize("form", [".nii.gz", ".nrrd", ".mha"])
def test_label_maps_are_compressed(form: str, tmp_path: Path):
    path = tmp_path / f"labels{form}"
    write_label_map(labels(), path)
    assert path.stat().st_size < labels().array.size / 5


def test_a_missing_folder_is_made_and_odd_names_are_fine(tmp_path: Path):
    path = tmp_path.joinpath(*["Пациент 肝臓 " + "x" * 60] * 4) / "Æ labels.nii.gz"
    write_label_map(labels(), path)
    assert len(str(path)) > 260
    assert_same_volume(Volume.of_image(sitk.ReadImage(str(path))), labels())


def test_a_relative_path_is_written_where_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write_label_map(labels(), Path("labels.nrrd"))
    assert [path.name for path in tmp_path.iterdir()] == ["labels.nrrd"]


def test_an_unknown_suffix_is_refused(tmp_path: Path):
    with pytest.raises(UnusableInputError, match=r"labels\.png has none of the suffixes of a label map"):
        write_label_map(labels(), tmp_path / "labels.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't limit the size of files of a process")
@pytest.mark.parametrize("form", LABEL_MAP_SUFFIXES)
def test_a_full_disk_is_told_and_the_older_file_stays(form: str, tmp_path: Path):
    path = tmp_path / f"labels{form}"
    path.write_text("older", encoding="utf-8")
    # A limit on the size of files fails like a full disk: a write stops in the middle.
    script = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from LightMSegmentationLib.errors import ResourceError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.imaging.write import write_label_map
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
noise = np.random.default_rng(0).integers(0, 3, (40, 40, 40), dtype=np.uint8)
try:
    write_label_map(Volume(noise, Grid((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))), Path(sys.argv[1]))
except ResourceError as error:
    sys.exit(0 if "disk is full" in str(error) else 2)
sys.exit(1)
"""
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert path.read_text(encoding="utf-8") == "older"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
