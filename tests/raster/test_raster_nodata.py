import numpy as np

from fallow.raster.nodata import spread_nodata


def plain(image, nodata):
    is_void = (~np.isfinite(image) | (image == nodata)).any(axis=2)
    return np.where(is_void[..., None], np.float32(np.nan), image)


def test_the_kernel_equals_plain_numpy():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 6, (30, 40, 3)).astype(np.float32)
    image[rng.random(image.shape) < 0.05] = np.nan
    image[rng.random(image.shape) < 0.05] = np.inf
    nodata = np.array([2, np.nan, 5], np.float32)
    np.testing.assert_array_equal(spread_nodata(image.copy(), nodata), plain(image, nodata))


def test_one_void_band_voids_the_pixel():
    image = np.ones((1, 2, 3), np.float32)
    image[0, 0, 1] = np.nan
    np.testing.assert_array_equal(np.isnan(spread_nodata(image)), [[[True] * 3, [False] * 3]])
