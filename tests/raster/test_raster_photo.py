"""Pictures: every format and every way of storing colours."""

import contextlib
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from fallow.errors import FileError
from fallow.raster import open_source
from fallow.raster import photo as photo_module


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "options"), [("a.png", {}), ("a.webp", {"lossless": True}), ("a.bmp", {}), ("A.PNG", {})]
)
def test_lossless_pictures_round_trip(tmp_path, rgb, name, options):
    Image.fromarray(rgb).save(tmp_path / name, **options)
    source = open_source(tmp_path / name)
    np.testing.assert_array_equal(source.read(), rgb)
    assert source.band_names == ("red", "green", "blue")
    assert source.dtype == np.uint8
    assert (source.georeference, source.name) == (None, name[0])


def test_jpegs_come_close(tmp_path):
    smooth = np.tile(np.arange(0, 240, 8, dtype=np.uint8)[:, None, None], (1, 40, 3))
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    np.testing.assert_allclose(open_source(tmp_path / "a.jpg").read(), smooth, atol=3)


def test_gray_pictures_have_one_band(tmp_path, rgb):
    Image.fromarray(rgb[..., 0]).save(tmp_path / "a.png")
    source = open_source(tmp_path / "a.png")
    assert source.band_names == ("gray",)
    np.testing.assert_array_equal(source.read()[..., 0], rgb[..., 0])


def test_one_bit_pictures_are_black_and_white(tmp_path, rgb):
    Image.fromarray(rgb[..., 0] > 127).save(tmp_path / "a.png")
    np.testing.assert_array_equal(open_source(tmp_path / "a.png").read()[..., 0], np.where(rgb[..., 0] > 127, 255, 0))


@pytest.mark.parametrize("suffix", [".png", ".gif", ".bmp"])
def test_palettes_become_colours(tmp_path, suffix):
    indexes = np.array([[0, 1], [2, 1]], np.uint8)
    picture = Image.fromarray(indexes)
    picture.putpalette([10, 20, 30, 255, 0, 0, 0, 255, 0])
    picture.save(tmp_path / f"a{suffix}")
    expected = np.array([(10, 20, 30), (255, 0, 0), (0, 255, 0)])[indexes]
    np.testing.assert_array_equal(open_source(tmp_path / f"a{suffix}").read(), expected)


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.fromarray(np.full((5, 5), value, np.uint8)) for value in (40, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (open_source(tmp_path / "a.gif").read() == 40).all()


def test_cmyk_becomes_rgb(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    source = open_source(tmp_path / "a.jpg")
    assert source.n_bands == 3
    np.testing.assert_allclose(source.read()[0, 0], [255, 0, 0], atol=3)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_transparent_pixels_are_no_data(tmp_path, mode, suffix):
    picture = np.full((4, 6, len(mode)), 100, np.uint8)
    picture[:, :, -1] = [[0, 1, 100, 254, 255, 0]]
    Image.fromarray(picture).save(tmp_path / f"a{suffix}", **({"lossless": True} if suffix == ".webp" else {}))
    source = open_source(tmp_path / f"a{suffix}")
    is_void = np.isnan(source.read())
    np.testing.assert_array_equal(is_void.all(axis=2), picture[..., -1] == 0)
    np.testing.assert_array_equal(is_void.any(axis=2), picture[..., -1] == 0)


def test_a_transparent_palette_entry_is_no_data(tmp_path):
    picture = Image.fromarray(np.array([[0, 1]], np.uint8))
    picture.putpalette([9, 9, 9, 255, 0, 0])
    picture.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_array_equal(open_source(tmp_path / "a.png").read()[0], [[np.nan] * 3, [255, 0, 0]])


@pytest.mark.parametrize("n_bands", [1, 3, 4])
def test_sixteen_bits_stay_sixteen_bits(tmp_path, n_bands):
    pixels = np.random.default_rng(0).integers(1, 65536, (20, 30, n_bands), dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    pixels = pixels[..., [2, 1, 0]] if n_bands > 1 else pixels  # OpenCV writes blue first
    source = open_source(tmp_path / "a.png")
    assert source.dtype == np.uint16
    assert source.n_bands == min(n_bands, 3)
    np.testing.assert_array_equal(source.read(), pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(tmp_path, rgb, orientation, suffix):
    path = tmp_path / f"a{suffix}"
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(rgb).save(path, exif=exif)
    with Image.open(path) as picture:
        upright = np.asarray(ImageOps.exif_transpose(picture))
    source = open_source(path)
    assert source.shape == upright.shape[:2]
    np.testing.assert_array_equal(source.read(), upright)
    np.testing.assert_array_equal(source.read((3, 9, 2, 19)), upright[3:9, 2:19])


def test_a_world_file_gives_a_picture_its_place(tmp_path, rgb):
    Image.fromarray(rgb).save(tmp_path / "a.jpg")
    (tmp_path / "a.jgw").write_text("2\n0\n0\n-2\n1001\n1999\n")
    source = open_source(tmp_path / "a.jpg")
    assert source.georeference.transform == (2, 0, 1000, 0, -2, 2000)
    assert source.read().shape == (20, 30, 3)


@pytest.mark.parametrize("orientation", [1, 6])
def test_large_pictures_are_read_by_windows_and_are_the_same(tmp_path, orientation, monkeypatch):
    exif = Image.Exif()
    exif[274] = orientation
    smooth = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", exif=exif)
    decoded = open_source(tmp_path / "a.jpg").read((2, 12, 4, 19))
    monkeypatch.setattr(photo_module, "_MAX_PIXELS", 10)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # beyond twice as many Pillow refuses to open
    windowed = open_source(tmp_path / "a.jpg")
    assert "Photo" not in repr(windowed)
    np.testing.assert_allclose(windowed.read((2, 12, 4, 19)), decoded, atol=2)  # two JPEG libraries round differently


def noise(path: Path) -> bytes:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("limit", [2**26, 10])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".gif"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.95])
def test_a_truncated_picture_is_an_error_never_half_a_picture(tmp_path, suffix, part, limit, monkeypatch):
    monkeypatch.setattr(photo_module, "_MAX_PIXELS", limit)
    path = tmp_path / f"farm{suffix}"
    content = noise(path)
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(FileError, match=r"cannot read .*farm"):
        open_source(path).read()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif"])
def test_damaged_pictures_raise_nothing_but_file_errors(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    content = noise(path)
    rng = np.random.default_rng(0)
    for _ in range(30):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 2000), 5):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on what it could mend
            with contextlib.suppress(FileError):
                open_source(path).read()


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_text("hello")
    with pytest.raises(FileError, match=r"cannot read .*a\.jpg: cannot identify image file"):
        open_source(tmp_path / "a.jpg")
