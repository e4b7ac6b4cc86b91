from __future__ import annotations

import numpy as np
import pytest

from fallow.errors import InputError
from fallow.features import Bands
from fallow.features.indices import INDICES, Indices, reflectance_unit
from fallow.features.roles import NAMES, find_roles

NAMED = tuple(NAMES)
PIXEL = {"blue": 0.04, "green": 0.08, "red": 0.06, "rededge": 0.2, "nir": 0.4, "swir1": 0.25, "swir2": 0.12}

KNOWN = {
    "ndvi": 0.34 / 0.46,
    "gndvi": 0.32 / 0.48,
    "ndre": 0.2 / 0.6,
    "evi": 2.5 * 0.34 / (0.4 + 0.36 - 0.3 + 1),
    "savi": 1.5 * 0.34 / 0.96,
    "ndwi": -0.32 / 0.48,
    "mndwi": -0.17 / 0.33,
    "ndmi": 0.15 / 0.65,
    "nbr": 0.28 / 0.52,
    "ndbi": -0.15 / 0.65,
    "bsi": (0.31 - 0.44) / (0.31 + 0.44),
    "exg": 0.06 / 0.18,
    "vari": 0.02 / 0.1,
}


@pytest.mark.parametrize(("dtype", "unit"), [("float32", 1), ("uint8", 255), ("uint16", 10_000)])
def test_every_index_has_its_known_value(dtype, unit):
    image = unit * np.array([[[PIXEL[role] for role in NAMED]]], np.float32)
    indices = Indices().fit(image[0], Bands(len(NAMED), NAMED, dtype))
    assert set(indices.names) == set(INDICES) == set(KNOWN)
    for name, value in zip(indices.names, indices.transform(image)[0, 0], strict=True):
        assert value == pytest.approx(KNOWN[name], rel=1e-5), name


def test_a_denominator_of_zero_gives_zero():
    indices = Indices("ndvi").fit(np.ones((2, 2), np.float32), Bands(2, ("red", "nir")))
    assert indices.transform(np.zeros((1, 1, 2), np.float32)).item() == 0


def test_colour_pictures_get_the_indices_of_colour():
    assert Indices().fit(np.ones((2, 3), np.float32), Bands(3, ("red", "green", "blue"))).names == ("exg", "vari")


def test_bands_that_lack_are_named():
    with pytest.raises(InputError, match=r"red, green do not tell .* ndvi lacks nir"):
        Indices("ndvi").fit(np.ones((2, 2), np.float32), Bands(2, ("red", "green")))


def test_an_unknown_index_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="got 'ndvii'; did you mean \"ndvi\""):
        Indices("ndwi+ndvii").check()


def test_bright_sixteen_bit_images_use_their_whole_range():
    assert reflectance_unit(np.full((9, 1), 50_000.0), "uint16") == 65_535


@pytest.mark.parametrize(("names", "roles"), [
    (("Red", "GREEN", "Blue", "NIR"), {"red": 0, "green": 1, "blue": 2, "nir": 3}),
    (("B02", "B04", "B08", "B8A", "B11"), {"blue": 0, "red": 1, "nir": 2, "swir1": 4}),
    (("SR_B5", "SR_B4"), {"nir": 0, "red": 1}),
    (("Band 4 - Red", "near infrared", "SWIR 1"), {"red": 0, "nir": 1, "swir1": 2}),
    (("Red Edge 3", "thermal infrared", "band 4"), {}),
    (("b1", "b2", "b3", "b4"), {}),
])  # fmt: skip
def test_roles_are_read_from_names(names, roles):
    assert find_roles(Bands(len(names), names)) == roles


def test_roles_are_read_from_wavelengths():
    nm = (443.0, 490.0, 560.0, 665.0, 705.0, 783.0, 842.0, 865.0, 945.0, 1610.0, 2190.0)
    assert find_roles(Bands(11, wavelengths=nm)) == {
        "blue": 1, "green": 2, "red": 3, "rededge": 4, "nir": 6, "swir1": 9, "swir2": 10,
    }  # fmt: skip
