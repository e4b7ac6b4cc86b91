"""Tiles of a raster at every level, made once, from overviews where there are any, in bounded memory."""

import threading
import time

import numpy as np
import pytest

import fallow
from fallow.app.cache import Cache
from fallow.app.labels import Labels
from fallow.app.pictures import Picture
from fallow.app.pyramid import Pyramid, new_tiles
from fallow.errors import InputError
from fallow.raster.reduce import cell_means
from system_scenes import holes, patches, write_raster


def mean_twin(image, step):
    return cell_means(image, np.arange(image.shape[2]), step)


class Counting:
    """Reads cells of an array, and remembers what was asked for."""

    def __init__(self, shape):
        self.array = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
        self.windows = []

    def __call__(self, window, step):
        self.windows.append((window, step))
        row0, row1, col0, col1 = window
        return self.array[row0:row1, col0:col1][::step, ::step]


def pyramid_of(read, **options):
    return Pyramid("key", read.array.shape, read, lambda cells: cells[::2, ::2], new_tiles(), **options)


@pytest.mark.parametrize("z", range(5))
def test_tiles_of_every_level_are_the_cells_of_the_whole(z):
    read = Counting((2500, 2101))
    pyramid = pyramid_of(read)
    step, side = 1 << z, 256 << z
    tiles = [
        [pyramid.tile(z, row, col) for col in range(-(-2101 // side))] for row in range(-(-2500 // side))
    ]  # fmt: skip
    np.testing.assert_array_equal(np.block(tiles), read.array[::step, ::step])
    assert pyramid.levels == 5
    assert max(step for _, step in read.windows) <= 8


def test_coarse_tiles_read_each_pixel_once():
    read = Counting((4096, 4096))
    pyramid = pyramid_of(read)
    for z, row, col in ((4, 0, 0), (4, 0, 0), (3, 1, 1), (3, 0, 1)):
        pyramid.tile(z, row, col)
    assert len(read.windows) == len(set(read.windows)) == 4


def test_overviews_make_coarse_tiles_direct():
    read = Counting((4096, 4096))
    pyramid_of(read, overviews=(2, 4, 8, 16)).tile(4, 0, 0)
    assert read.windows == [((0, 4096, 0, 4096), 16)]


@pytest.mark.parametrize("place", [(0, -1, 0), (0, 0, 16), (5, 0, 0), (-1, 0, 0)])
def test_there_are_no_other_tiles(place):
    with pytest.raises(InputError, match=r"there is no tile|level must be 0 to 4"):
        pyramid_of(Counting((4096, 4096))).tile(*place)


def test_what_many_ask_for_at_once_is_made_once():
    made, cache, got = [], Cache(100), []

    def make():
        made.append(1)
        time.sleep(0.05)
        return "made"

    threads = [threading.Thread(target=lambda: got.append(cache.get("key", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, got) == ([1], ["made"] * 8)


def test_who_waits_for_what_fails_is_told_and_the_next_one_tries_again():
    cache = Cache(100)

    def fail():
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        cache.get("key", fail)
    assert cache.get("key", lambda: 1) == 1


def test_a_cache_lets_go_of_what_was_used_longest_ago():
    gone = []
    cache = Cache(100, len, gone.append)
    for name in ("a", "b", "a", "c"):
        cache.get(name, lambda name=name: name * 40)
    assert gone == ["b" * 40]
    cache.get("d", lambda: "d" * 400)
    assert gone == ["b" * 40, "a" * 40, "c" * 40]
    cache.close()
    assert gone[-1] == "d" * 400


@pytest.fixture
def scene(tmp_path):
    image = patches(1100, 900, bands=2, dtype="uint16", cell=50)
    image[holes(1100, 900)] = 0
    return write_raster(tmp_path / "scene.tif", image, nodata=0, tiled=True, blockxsize=256, blockysize=256)


@pytest.mark.parametrize("step", [1, 2, 8, 64, 2048])
def test_a_source_is_reduced_to_means_of_what_is_valid(scene, step):
    source = fallow.open_source(scene)
    expected = mean_twin(source.read(None, [1, 0]), step)
    np.testing.assert_allclose(source.read_reduced((0, 1100, 0, 900), step, [1, 0]), expected, rtol=1e-5)
    part = source.read_reduced((512, 1100, 256, 512), min(step, 256), [1, 0])
    np.testing.assert_allclose(part, mean_twin(source.read((512, 1100, 256, 512), [1, 0]), min(step, 256)), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_any_type_is_reduced_to_the_same_means(tmp_path, dtype):
    image = np.random.default_rng(0).integers(0, 255, (700, 130, 3)).astype(dtype)
    source = fallow.open_source(write_raster(tmp_path / "field.tif", image))
    reduced = source.read_reduced((0, 700, 0, 130), 8, [2, 0])
    assert reduced.dtype == np.float32
    np.testing.assert_allclose(reduced, mean_twin(image[..., [2, 0]].astype(np.float32), 8), rtol=1e-5)


def test_overviews_are_used_where_they_fit(scene):
    import rasterio
    from rasterio.enums import Resampling

    with rasterio.open(scene, "r+") as dataset:
        dataset.build_overviews([2, 4, 8], Resampling.nearest)
    source = fallow.open_source(scene)
    assert source.overviews == (2, 4, 8)
    pixels = source.read()
    with rasterio.open(scene, overview_level=2) as dataset:
        far = np.moveaxis(dataset.read().astype(np.float32), 0, 2)
    far[(far == 0).any(-1)] = np.nan
    np.testing.assert_array_equal(source.read_reduced((0, 1100, 0, 900), 8), far)
    np.testing.assert_array_equal(fallow.open_source(scene, bands="2").read_reduced((0, 1100, 0, 900), 8)[..., 0],
                                  np.where(np.isnan(far[..., 1]), np.nan, far[..., 1]))  # fmt: skip
    assert source.read_reduced((0, 1100, 0, 900), 16).shape == (69, 57, 2)
    assert source.read_reduced((0, 1100, 0, 900), 1).tobytes() == pixels.tobytes()


@pytest.mark.parametrize("format", ["geotiff", "cog", "zarr"])
def test_labels_are_first_pixels_whatever_the_format(scene, tmp_path, format):
    if format == "zarr":
        pytest.importorskip("zarr")
    result = fallow.segment(scene, classes=3, unit="pixel", features="spectral")
    folder = result.save(tmp_path / format, format=format)
    labels = Labels(folder, "key", new_tiles())
    assert bool(labels.units.overviews) == (format != "geotiff")
    for step in (1, 2, 4, 8):
        window = (512, 1100, 0, 900)
        np.testing.assert_array_equal(labels.units.read(window, step), result.regions[512:][::step, ::step])
        np.testing.assert_array_equal(labels.classes.read(window, step), result.classes[512:][::step, ::step])
    labels.close()


def test_a_large_image_is_stretched_by_a_sample(tmp_path):
    image = np.random.default_rng(0).normal(1000, 100, (3000, 200, 1)).astype(np.uint16)
    picture = Picture(fallow.open_source(write_raster(tmp_path / "tall.tif", image)), "key", new_tiles())
    assert picture.stretch(0) == pytest.approx(np.percentile(image, (2, 98)), abs=5)
    assert picture.default_stretch == {0: picture.stretch(0)}
    with pytest.raises(InputError, match="bands 0 to 0, got 1"):
        picture.stretch(1)
