"""Photographs are read as color whatever they are, and masks are written on their pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.photo import read_mask, read_photo, write_mask, write_overlay
from LightMSegmentationLib.imaging.photo_names import is_photo
from PIL import Image

from Testing.data.photos import skin_photo, write_photo


@pytest.mark.parametrize("ending", [".png", ".tif", ".bmp"])
def test_colors_come_back_as_they_are(tmp_path: Path, ending: str) -> None:
    pixels, _ = skin_photo()
    assert np.array_equal(read_photo(write_photo(tmp_path / f"photo{ending}", pixels)), pixels)


def test_jpeg_comes_back_about_as_it_is(tmp_path: Path) -> None:
    pixels, _ = skin_photo()
    read = read_photo(write_photo(tmp_path / "photo.jpg", pixels))
    assert np.abs(read.astype(int) - pixels).mean() < 8


def test_gray_is_repeated_and_transparency_left_out(tmp_path: Path) -> None:
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(read_photo(write_photo(tmp_path / "gray.png", gray)), np.repeat(gray[..., None], 3, axis=2))
    clear = np.dstack([np.repeat(gray[..., None], 3, axis=2), np.zeros_like(gray)])
    assert read_photo(write_photo(tmp_path / "clear.png", clear)).shape == (16, 16, 3)


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    deep = np.linspace(1000, 5000, 256).astype(np.uint16).reshape(16, 16)
    read = read_photo(write_photo(tmp_path / "xray.png", deep))
    assert (read.min(), read.max()) == (0, 255)
    assert np.array_equal(read[..., 0], np.rint((deep - 1000.0) * 255 / 4000).astype(np.uint8))


def test_a_rotated_photograph_keeps_the_pixels_of_its_file(tmp_path: Path) -> None:
    pixels, _ = skin_photo()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "photo.png", exif=exif)
    assert read_photo(tmp_path / "photo.png").shape == pixels.shape


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n and no more", b"no picture"])
def test_what_is_no_picture_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "photo.png").write_bytes(content)
    with pytest.raises(UnusableInputError, match=r"photo\.png is no picture"):
        read_photo(tmp_path / "photo.png")


def test_a_bomb_is_refused_unread(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "photo.png")
    with pytest.raises(UnusableInputError, match=r"too many for a photograph|no picture that can be read"):
        read_photo(tmp_path / "photo.png")


def test_a_single_class_is_white_and_several_keep_their_values(tmp_path: Path) -> None:
    labels = np.array([[0, 1], [1, 0]], dtype=np.uint8)
    write_mask(labels, tmp_path / "one.png", single=True)
    write_mask(2 * labels, tmp_path / "more.png", single=False)
    assert np.array_equal(read_mask(tmp_path / "one.png"), 255 * labels)
    assert np.array_equal(read_mask(tmp_path / "more.png"), 2 * labels)


def test_an_overlay_outlines_the_mask_and_leaves_the_rest(tmp_path: Path) -> None:
    pixels, mask = skin_photo()
    write_overlay(pixels, mask.astype(np.uint8), tmp_path / "overlay.png")
    changed = (read_photo(tmp_path / "overlay.png") != pixels).any(axis=2)
    assert 0 < changed.sum() < 0.25 * mask.size
    assert not changed[0].any()
    center = tuple(int(index.mean()) for index in np.nonzero(mask))
    assert not changed[center]


def test_a_photograph_is_known_by_its_name() -> None:
    assert is_photo(Path("a/Lesion.JPG"))
    assert not is_photo(Path("scan.nii.gz"))
