import numpy as np
import pytest

from fallow.render.stretch import choose_rgb, stretch


@pytest.mark.parametrize(
    ("names", "wavelengths", "expected"),
    [
        (("red", "green", "blue"), None, (0, 1, 2)),
        (("Blue", "GREEN", "red", "nir"), None, (2, 1, 0)),
        (("gray",), None, (0, 0, 0)),
        (("band 1", "band 2"), None, (0, 0, 0)),
        (("a", "b", "c", "d"), None, (0, 1, 2)),
        (("one", "two", "three", "four"), (450.0, 550.0, 650.0, 850.0), (2, 1, 0)),
        (("B02", "B03", "B04", "B08"), None, (2, 1, 0)),
        (tuple("abc"), (800.0, 900.0, 1000.0), (0, 1, 2)),
        (tuple(f"band {n}" for n in range(101)), None, (75, 40, 10)),
    ],
)
def test_the_bands_to_show_are_chosen_by_what_is_known(names, wavelengths, expected):
    assert choose_rgb(names, wavelengths) == expected


def picture(low, high, shape=(40, 50)):
    values = np.linspace(low, high, shape[0] * shape[1], dtype=np.float32).reshape(shape)
    return np.repeat(values[..., None], 3, axis=2)


def test_a_picture_of_8_bits_stays_as_it_is():
    image = picture(0, 255).round()
    np.testing.assert_array_equal(stretch(image, is_8bit=True), image.astype(np.uint8))


@pytest.mark.parametrize(
    ("low", "high", "is_8bit"), [(0, 60000, False), (-1e-3, 1e-3, False), (100, 130, True), (5e8, 6e8, False)]
)
def test_other_ranges_are_stretched_over_black_and_white(low, high, is_8bit):
    shown = stretch(picture(low, high), is_8bit=is_8bit)
    assert (shown.min(), shown.max()) == (0, 255)
    assert np.all(np.diff(shown[..., 0].ravel().astype(int)) >= 0)


@pytest.mark.parametrize("value", [0, 7, 1e9, -3.5])
@pytest.mark.parametrize("is_8bit", [True, False])
def test_a_constant_picture_can_be_shown(value, is_8bit):
    shown = stretch(np.full((5, 6, 3), value, np.float32), is_8bit=is_8bit)
    assert len(np.unique(shown)) == 1


def test_no_data_is_white():
    image = picture(0, 100)
    image[3] = np.nan
    assert (stretch(image, is_8bit=False)[3] == 255).all()
    assert (stretch(np.full((4, 5, 3), np.nan, np.float32), is_8bit=True) == 255).all()
