import numpy as np
import pytest

from fallow.errors import InputError
from fallow.raster.bands import parse_bands

NAMES = ["Blue", "green", "red", "nir", "8"]


@pytest.mark.parametrize(
    ("bands", "positions"),
    [
        (2, (1,)),
        ("2", (1,)),
        ("nir", (3,)),
        ("BLUE", (0,)),
        ("1-3,nir", (0, 1, 2, 3)),
        ("4, 2 - 3", (3, 1, 2)),
        ([3, "blue"], (2, 0)),
        (np.array([1, 5]), (0, 4)),
        ("8", (4,)),  # a name before a number
        ([5], (4,)),
    ],
)
def test_numbers_names_and_ranges_are_understood(bands, positions):
    assert parse_bands(bands, NAMES) == positions


@pytest.mark.parametrize("band", [0, 6, "6", "2-6", "3-2", "swir", -1, [8], "1.5"])
def test_an_unknown_band_is_answered_with_what_there_is(band):
    with pytest.raises(InputError, match=r"there is no band .*; the image has 1 Blue, 2 green, 3 red, 4 nir, 5 8"):
        parse_bands(band, NAMES)


def test_the_nearest_name_is_offered():
    with pytest.raises(InputError, match='did you mean "green"'):
        parse_bands("gren", NAMES)


def test_many_bands_are_not_all_listed():
    with pytest.raises(InputError, match=r"12 b12, ... 204 b204$"):
        parse_bands(300, [f"b{number}" for number in range(1, 205)])


@pytest.mark.parametrize("bands", [[], "1,1", "1-3,2"])
def test_no_band_or_one_twice_is_refused(bands):
    with pytest.raises(InputError, match="at least one band, and none twice"):
        parse_bands(bands, NAMES)
