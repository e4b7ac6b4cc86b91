import numpy as np
import pytest

from fallow.errors import InputError
from fallow.raster import ArraySource, Georeference

TYPES = [
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3)])
def test_any_real_type_reads_as_float32(dtype, shape):
    array = (np.arange(np.prod(shape)) % 100).reshape(shape).astype(dtype)
    source = ArraySource(array)
    image = source.read()
    assert image.dtype == np.float32
    assert image.flags.c_contiguous
    assert source.dtype == array.dtype
    np.testing.assert_array_equal(image, array.reshape(4, 5, -1).astype(np.float32))


def test_the_array_is_never_changed():
    array = np.full((3, 3, 2), np.inf, np.float32)
    ArraySource(array).read()[:] = 0
    assert np.isinf(array).all()


def test_nan_infinite_and_masked_are_no_data():
    array = np.ma.array(np.ones((2, 2, 2)), mask=False)
    array[0, 0, 0] = np.nan
    array[0, 1, 1] = -np.inf
    array[1, 0, 0] = np.ma.masked
    is_void = np.isnan(ArraySource(array).read())
    np.testing.assert_array_equal(is_void.all(axis=2), [[True, True], [True, False]])
    np.testing.assert_array_equal(is_void.any(axis=2), [[True, True], [True, False]])


def test_beyond_float32_is_no_data():
    assert np.isnan(ArraySource(np.array([[1e300]])).read()).all()


def test_masked_integers_are_no_data():
    image = ArraySource(np.ma.masked_equal(np.array([[0, 7]], np.uint8), 0)).read()
    np.testing.assert_array_equal(image[..., 0], [[np.nan, 7]])


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.ones((2, 2), complex), "is complex"),
        (np.array([["a", "b"]]), "must hold numbers"),
        (np.array([[None, 1]]), "must hold numbers"),
        (np.ones(4), r"must be \(rows, cols\)"),
        (np.ones((2, 2, 2, 2)), r"must be \(rows, cols\)"),
        (np.ones((0, 4)), "has no pixels"),
        (np.ones((4, 4, 0)), "has no pixels"),
    ],
)
def test_what_is_no_image_is_refused(array, match):
    with pytest.raises(InputError, match=match):
        ArraySource(array)


def test_names_must_fit_the_bands():
    with pytest.raises(InputError, match="band_names must be 3 different names"):
        ArraySource(np.ones((2, 2, 3)), band_names=["a", "b"])
    with pytest.raises(InputError, match="band_names must be 2 different names"):
        ArraySource(np.ones((2, 2, 2)), band_names=["a", "a"])


def test_bytes_of_three_bands_are_colours():
    assert ArraySource(np.zeros((2, 2, 3), np.uint8)).band_names == ("red", "green", "blue")
    assert ArraySource(np.zeros((2, 2, 3), np.float32)).band_names == ("band 1", "band 2", "band 3")
    assert ArraySource(np.zeros((2, 2))).band_names == ("gray",)


def test_place_and_name_are_kept():
    place = Georeference(None, (2.0, 0.0, 0.0, 0.0, -2.0, 0.0))
    source = ArraySource(np.zeros((2, 2)), georeference=place, name="field")
    assert (source.georeference, source.name, source.path) == (place, "field", None)
    assert repr(source) == "<ArraySource field: 2 x 2, 1 bands of float64>"
