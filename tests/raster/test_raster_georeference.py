import math

import pytest
from rasterio.crs import CRS

from fallow.raster import Georeference

SHAPE = (100, 100)


def wkt(epsg: int) -> str:
    return CRS.from_epsg(epsg).to_wkt()


def test_metres_square():
    place = Georeference(wkt(32633), (10.0, 0.0, 5e5, 0.0, -10.0, 5e6))
    assert place.pixel_area_m2(SHAPE) == 100


def test_turned_pixels_keep_their_area():
    turn = math.radians(30)
    matrix = (10 * math.cos(turn), -10 * math.sin(turn), 0.0, 10 * math.sin(turn), 10 * math.cos(turn), 0.0)
    assert Georeference(wkt(32633), matrix).pixel_area_m2(SHAPE) == pytest.approx(100)


def test_feet_become_metres():
    place = Georeference(wkt(2263), (1.0, 0.0, 0.0, 0.0, -1.0, 0.0))  # US survey feet
    assert place.pixel_area_m2(SHAPE) == pytest.approx(0.3048006096**2)


@pytest.mark.parametrize(
    ("latitude", "north_m", "east_m"),
    [(0, 110_574.3, 111_319.5), (45, 111_131.7, 78_846.8), (-60, 111_412.3, 55_800.0)],
)
def test_degrees_shrink_towards_the_poles(latitude, north_m, east_m):
    """The lengths of a degree on WGS 84 are those of any geodesist's table."""
    place = Georeference(wkt(4326), (1e-4, 0.0, 10.0, 0.0, -1e-4, latitude + 0.005))  # the image is 0.01 degrees high
    assert place.pixel_area_m2(SHAPE) == pytest.approx(north_m * east_m * 1e-8, rel=1e-5)


def test_web_mercator_agrees_with_degrees():
    latitude, pixel_m = 52.0, 10.0
    radius = 6378137.0
    north = radius * math.asinh(math.tan(math.radians(latitude)))
    mercator = Georeference(wkt(3857), (pixel_m, 0.0, 0.0, 0.0, -pixel_m, north + 50 * pixel_m))
    east = math.degrees(pixel_m / radius)
    south = east * math.cos(math.radians(latitude))
    degrees = Georeference(wkt(4326), (east, 0.0, 0.0, 0.0, -south, latitude + 50 * south))
    assert mercator.pixel_area_m2(SHAPE) == pytest.approx(degrees.pixel_area_m2(SHAPE), rel=1e-9)


def test_without_system_or_place_there_is_no_area():
    assert Georeference(None, (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)).pixel_area_m2(SHAPE) is None
    assert Georeference(wkt(32633), None).pixel_area_m2(SHAPE) is None


def test_shifting_moves_the_corner():
    place = Georeference(None, (10.0, 1.0, 500.0, 2.0, -10.0, 900.0)).shifted(3, 4)
    assert place.transform == (10.0, 1.0, 500.0 + 40 + 3, 2.0, -10.0, 900.0 + 8 - 30)


def test_the_system_has_a_name():
    assert Georeference(wkt(32633)).crs_name == "WGS 84 / UTM zone 33N (EPSG:32633)"
    assert Georeference(None, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)).crs_name == "not named"
