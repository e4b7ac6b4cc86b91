"""Masks: rasters, arrays and polygons."""

import json
import pickle

import numpy as np
import pyogrio
import pytest
import rasterio.warp
import shapely
from rasterio.features import rasterize

from fallow.errors import FileError, InputError
from fallow.raster import open_source

TRIANGLE = shapely.Polygon([(5.3, 2.1), (45.2, 12.4), (20.1, 35.2)])  # (col, row)
ISLANDS = shapely.MultiPolygon(
    [shapely.box(1, 1, 4, 4), shapely.box(30, 30, 48, 38).difference(shapely.box(33, 32, 40, 36))]
)


def inside(shape: shapely.Geometry) -> np.ndarray:
    return rasterize([shape], (40, 50)).astype(bool)


def write_vector(path, shapes, crs=None):
    with_crs = {"crs": crs} if crs else {}
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(shapes, dtype=object)),
        field_data=[],
        fields=np.array([], dtype=object),
        geometry_type="Unknown",
        **with_crs,
    )
    return path


def on_the_ground(shape: shapely.Geometry) -> shapely.Geometry:
    """Take (col, row) of the test image to its UTM coordinates."""
    return shapely.transform(shape, lambda points: points * (10, -10) + (500_000, 5_000_000))


def in_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    def convert(points):
        return np.stack(rasterio.warp.transform("EPSG:32633", "EPSG:4326", *points.T), axis=1)

    return shapely.transform(on_the_ground(shape), convert)


def valid(source, window=None) -> np.ndarray:
    image = source.read(window)
    is_valid = ~np.isnan(image)
    np.testing.assert_array_equal(is_valid.any(axis=2), is_valid.all(axis=2))
    return is_valid.all(axis=2)


def test_a_mask_keeps_what_is_above_zero(write_tiff, numbers):
    mask = np.random.default_rng(0).integers(-1, 3, (40, 50))
    image = write_tiff("a.tif", numbers)
    np.testing.assert_array_equal(valid(open_source(image, mask=mask)), mask > 0)
    path = write_tiff("mask.tif", mask[None].astype(np.int16), nodata=2)
    np.testing.assert_array_equal(valid(open_source(image, mask=str(path))), mask == 1)


def test_a_mask_belongs_to_the_whole_image(numbers):
    mask = np.zeros((40, 50), bool)
    mask[10:20, 10:20] = True
    source = open_source(np.moveaxis(numbers, 0, 2), mask=mask, window=(15, 25, 15, 25))
    np.testing.assert_array_equal(valid(source), mask[15:25, 15:25])


def test_a_mask_of_another_shape_is_refused(numbers):
    with pytest.raises(InputError, match="mask image must have the shape of the image, 40 x 50, got 3 x 3"):
        open_source(np.moveaxis(numbers, 0, 2), mask=np.ones((3, 3)))


@pytest.mark.parametrize("shape", [TRIANGLE, ISLANDS])
@pytest.mark.parametrize(
    ("name", "crs", "place"),
    [
        ("a.gpkg", "EPSG:32633", on_the_ground),
        ("a.gpkg", "EPSG:4326", in_degrees),
        ("a.geojson", "EPSG:4326", in_degrees),
        ("a.geojson", "EPSG:32633", on_the_ground),
        ("a.shp", "EPSG:32633", on_the_ground),
    ],
)
def test_polygons_keep_their_inside_in_any_coordinate_system(write_tiff, numbers, tmp_path, name, crs, place, shape):
    polygons = write_vector(tmp_path / name, [place(shape)], crs)
    source = open_source(write_tiff("a.tif", numbers), mask=polygons)
    np.testing.assert_array_equal(valid(source), inside(shape))
    for window in [(0, 13, 0, 50), (13, 40, 7, 21), (38, 39, 0, 4)]:
        row0, row1, col0, col1 = window
        np.testing.assert_array_equal(valid(source, window), inside(shape)[row0:row1, col0:col1])
    again = pickle.loads(pickle.dumps(source))
    np.testing.assert_array_equal(valid(again), inside(shape))


def test_pixels_on_an_edge_fall_the_same_way_in_every_window(tmp_path):
    path = tmp_path / "a.geojson"
    edges = [(row, 3 * row / 7 + 0.5) for row in range(0, 1400, 7)]  # runs through the centres of pixels
    corners = [(col, row + 0.5) for row, col in edges] + [(1500, 1394), (1500, 0)]
    path.write_text(json.dumps(shapely.geometry.mapping(shapely.Polygon(corners))))
    source = open_source(np.ones((1400, 1500)), mask=path)
    whole = valid(source)
    for row0, col0 in np.random.default_rng(0).integers(0, 1300, (20, 2)):
        window = (row0, row0 + 90, col0, col0 + 70)
        np.testing.assert_array_equal(valid(source, window), whole[row0 : row0 + 90, col0 : col0 + 70])


def test_polygons_over_a_picture_are_in_pixels(numbers, tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(TRIANGLE)))
    np.testing.assert_array_equal(valid(open_source(np.moveaxis(numbers, 0, 2), mask=path)), inside(TRIANGLE))


def test_polygons_over_a_crop_stay_where_they_are(write_tiff, numbers, tmp_path):
    polygons = write_vector(tmp_path / "a.gpkg", [on_the_ground(TRIANGLE)], "EPSG:32633")
    crop = open_source(write_tiff("a.tif", numbers), window=(5, 30, 10, 40))
    np.testing.assert_array_equal(valid(open_source(crop, mask=polygons)), inside(TRIANGLE)[5:30, 10:40])


def test_polygons_that_miss_the_image_are_refused(write_tiff, numbers, tmp_path):
    polygons = write_vector(tmp_path / "a.gpkg", [on_the_ground(shapely.box(100, 50, 200, 90))], "EPSG:32633")
    with pytest.raises(
        InputError, match=r"no polygon of .* touches the image; .* rows 50 to 90 and columns 100 to 200"
    ):
        open_source(write_tiff("a.tif", numbers), mask=polygons)


def test_polygons_that_have_no_place_in_the_system_are_refused(write_tiff, numbers, tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(shapely.box(0, 95, 500, 800))))
    with pytest.raises(InputError, match=r"no polygon of .* where its coordinate system does not reach"):
        open_source(write_tiff("a.tif", numbers), mask=path)


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ([shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)])], "must hold polygons, got LineString, Point"),
        ([], "must hold polygons, got no geometry at all"),
        ([None], "must hold polygons, got no geometry at all"),
        ([shapely.Polygon()], "must hold polygons, got no geometry at all"),
    ],
)
def test_a_vector_file_without_polygons_is_refused(numbers, tmp_path, shapes, match):
    path = write_vector(tmp_path / "a.gpkg", shapes, "EPSG:4326")
    with pytest.raises(InputError, match=match):
        open_source(np.moveaxis(numbers, 0, 2), mask=path)


def test_an_unreadable_or_missing_vector_file_is_named(numbers, tmp_path):
    path = tmp_path / "fields.geojson"
    with pytest.raises(FileError, match=r"no such file: .*fields\.geojson"):
        open_source(np.moveaxis(numbers, 0, 2), mask=path)
    path.write_text("hello")
    with pytest.raises(FileError, match=r"cannot read .*fields\.geojson"):
        open_source(np.moveaxis(numbers, 0, 2), mask=path)
