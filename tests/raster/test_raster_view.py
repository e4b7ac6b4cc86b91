import numpy as np
import pytest

from fallow.errors import InputError
from fallow.raster import ArraySource, Georeference, open_source


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(1, 100, (12, 15, 4)).astype(np.int16)


def test_bands_keep_the_order_asked_for(image):
    source = open_source(image, bands=[4, 1])
    assert source.band_names == ("band 4", "band 1")
    np.testing.assert_array_equal(source.read(), image[..., [3, 0]])
    np.testing.assert_array_equal(source.read(bands=[1])[..., 0], image[..., 0])


def test_dropped_bands_are_gone_and_the_numbers_stay(image):
    np.testing.assert_array_equal(open_source(image, drop_bands="2-3").read(), image[..., [0, 3]])
    np.testing.assert_array_equal(open_source(image, bands="4,2,1", drop_bands=2).read(), image[..., [3, 0]])
    with pytest.raises(InputError, match="drop_bands leaves no band of image, got '1-4'"):
        open_source(image, drop_bands="1-4")


def test_what_unused_bands_lack_does_not_matter(image):
    image = image.astype(np.float32)
    image[..., 2] = np.nan
    assert np.isnan(open_source(image).read()).all()
    assert not np.isnan(open_source(image, drop_bands=3).read()).any()


def test_one_more_nodata_value_in_any_band(image):
    source = open_source(image, nodata=7)
    np.testing.assert_array_equal(np.isnan(source.read()).all(axis=2), (image == 7).any(axis=2))
    np.testing.assert_array_equal(np.isnan(source.read(bands=[2]))[..., 0], image[..., 2] == 7)


def test_a_crop_is_an_image_of_its_own(image):
    place = Georeference(None, (10.0, 0.0, 500.0, 0.0, -10.0, 900.0))
    crop = open_source(ArraySource(image, georeference=place), window=(2, 8, 3, 9))
    assert crop.shape == (6, 6)
    assert crop.georeference.transform == (10.0, 0.0, 530.0, 0.0, -10.0, 880.0)
    np.testing.assert_array_equal(crop.read(), image[2:8, 3:9])


def test_a_crop_does_not_look_beyond_itself(image):
    halo = open_source(image, window=(2, 8, 3, 9)).read((-1, 7, -1, 7))
    assert np.isnan(halo).any(axis=2).sum() == 8 * 8 - 6 * 6


@pytest.mark.parametrize("window", [(0, 13, 0, 5), (-1, 3, 0, 5), (3, 3, 0, 5), (5, 3, 0, 5), (0, 3), (20, 30, 20, 30)])
def test_a_window_outside_the_image_is_refused(image, window):
    with pytest.raises(InputError, match="inside the image, which has 12 rows and 15 columns, got"):
        open_source(image, window=window)
