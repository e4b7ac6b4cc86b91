"""A map on the grid of another: each pixel takes the label in which its centre lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.warp import transform

from fallow.errors import InputError
from fallow.raster.aligned import AlignedLabels
from fallow.raster.georeference import Georeference
from fallow.raster.label_map import OUTSIDE, ArrayLabels

UTM, LONLAT = (CRS.from_epsg(code).to_wkt() for code in (32633, 4326))
ORIGIN = (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)


def chain(*affines):
    """Multiply transforms, whichever version of affine there is."""
    product = np.linalg.multi_dot([np.eye(3), *(np.reshape(tuple(Affine(*each[:6])), (3, 3)) for each in affines)])
    return tuple(product.ravel()[:6])


def apply(affine, x, y):
    a, b, c, d, e, f = tuple(affine)[:6]
    return a * x + b * y + c, d * x + e * y + f


def placed(array, affine, crs=UTM, name="truth.tif"):
    labels = ArrayLabels(np.asarray(array), name)
    labels.georeference = Georeference(crs, tuple(affine)[:6])
    return labels


def numbered(rows, cols):
    return np.arange(1, rows * cols + 1).reshape(rows, cols)


def whole(labels):
    return labels.read((0, labels.shape[0], 0, labels.shape[1]))


def slow_aligned(truth, grid):
    """Look up the centre of each pixel by itself."""
    out = np.full(grid.shape, OUTSIDE)
    to_base = ~Affine(*truth.georeference.transform)
    for row, col in np.ndindex(grid.shape):
        x, y = apply(grid.georeference.transform, col + 0.5, row + 0.5)
        if truth.georeference.crs != grid.georeference.crs:
            x, y = (each[0] for each in transform(grid.georeference.crs, truth.georeference.crs, [x], [y]))
        there_col, there_row = apply(to_base, x, y)
        there_row, there_col = int(np.floor(there_row + 1e-6)), int(np.floor(there_col + 1e-6))
        if 0 <= there_row < truth.shape[0] and 0 <= there_col < truth.shape[1]:
            out[row, col] = whole(truth)[there_row, there_col]
    return out


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(-6, 9),
    cols=st.integers(-4, 9),
    scale=st.sampled_from([0.3, 0.5, 1.0, 1.7, 2.0]),
    turn=st.sampled_from([0.0, 20.0]),
)
def test_every_pixel_takes_the_label_at_its_centre(rows, cols, scale, turn):
    grid = placed(np.ones((9, 10), int), ORIGIN, name="labels.tif")
    affine = chain(ORIGIN, Affine.translation(cols, rows), Affine.scale(scale), Affine.rotation(turn))
    truth = placed(numbered(7, 8), affine)
    expected = slow_aligned(truth, grid)
    try:
        aligned = AlignedLabels(truth, grid)
    except InputError:
        assert (expected == OUTSIDE).all()
        return
    np.testing.assert_array_equal(whole(aligned), expected)
    row0, row1, col0, col1 = aligned.extent
    inside = np.zeros(grid.shape, bool)
    inside[row0:row1, col0:col1] = True
    assert (expected[~inside] == OUTSIDE).all()
    np.testing.assert_array_equal(aligned.read((2, 7, 1, 5)), expected[2:7, 1:5])


def test_another_coordinate_system_is_looked_up_through_coordinates():
    grid = placed(np.ones((30, 40), int), ORIGIN, name="labels.tif")
    lon, lat = (each[0] for each in transform(UTM, LONLAT, [500_050.0], [4_999_950.0]))
    truth = placed(numbered(12, 15), (2e-4, 0, lon, 0, -1.5e-4, lat), LONLAT)
    aligned = AlignedLabels(truth, grid)
    np.testing.assert_array_equal(whole(aligned), slow_aligned(truth, grid))
    row0, _, col0, _ = aligned.extent
    assert (2 <= row0 <= 5, 2 <= col0 <= 5) == (True, True)
    assert (whole(aligned) != OUTSIDE).sum() > 400


def test_a_far_finer_map_is_read_by_parts(monkeypatch):
    grid = placed(np.ones((9, 10), int), ORIGIN, name="labels.tif")
    truth = placed(numbered(90, 100), chain(ORIGIN, Affine.scale(0.1)))
    expected = whole(AlignedLabels(truth, grid))
    monkeypatch.setattr("fallow.raster.aligned.MOST_PIXELS", 150)
    np.testing.assert_array_equal(whole(AlignedLabels(truth, grid)), expected)
    assert expected[0, :2].tolist() == [506, 516]


def test_without_coordinates_pixels_are_compared():
    grid, truth = ArrayLabels(np.ones((3, 4), int), "labels.png"), placed(numbered(3, 4), ORIGIN)
    aligned = AlignedLabels(truth, grid)
    np.testing.assert_array_equal(whole(aligned), numbered(3, 4))
    assert aligned.extent == (0, 3, 0, 4)
    with pytest.raises(InputError, match=r"truth.tif must have the 3 x 4 pixels of labels.png, .*, got 4 x 4"):
        AlignedLabels(placed(numbered(4, 4), ORIGIN), grid)


def test_a_system_that_is_not_named_is_that_of_the_other():
    grid = placed(np.ones((3, 4), int), ORIGIN, name="labels.tif")
    moved = chain(ORIGIN, Affine.translation(1, 0))
    assert whole(AlignedLabels(placed(numbered(3, 4), moved, None), grid))[0].tolist() == [OUTSIDE, 1, 2, 3]


def test_maps_that_lie_apart_are_refused():
    grid = placed(np.ones((3, 4), int), ORIGIN, name="labels.tif")
    with pytest.raises(InputError, match=r"truth.tif does not overlap labels.tif: their coordinates lie apart"):
        AlignedLabels(placed(numbered(3, 4), chain(ORIGIN, Affine.translation(4, 0))), grid)
