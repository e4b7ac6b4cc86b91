"""Simple and round outlines: nothing crosses, nothing is lost, who touched still touches."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from polygon_twins import check_partition, polygons_of, touching

from fallow import InputError
from fallow.labels import simplify as module
from fallow.labels.arcs import trace
from fallow.labels.rounding import round_corners
from fallow.labels.simplify import simplify

maps = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4)).flatmap(
    lambda size: arrays(np.int32, size[:2], elements=st.integers(0, size[2]))
)


def drawn(arcs, tolerance, is_round):
    points, start = simplify(arcs, tolerance)
    return round_corners(points, start, arcs.ends, arcs.shape) if is_round else (points, start)


@settings(max_examples=200, deadline=None)
@given(maps, st.sampled_from([0.0, 0.5, 1.0, 3.0, 100.0]), st.booleans(), st.sampled_from([1.5, 100.0]))
def test_nothing_crosses_and_all_that_touched_touches(labels, tolerance, is_round, share):
    arcs = trace(np.kron(labels, np.ones((1, 2), np.int32)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SHARE_OF_WIDTH", share)  # with more, small areas change
        points, start = drawn(arcs, tolerance, is_round)
    exact, _ = polygons_of(arcs)
    polygons, _ = polygons_of(arcs, points, start)
    if not len(polygons):
        return
    check_partition(polygons)
    assert touching(polygons) == touching(exact)
    holes = shapely.get_num_interior_rings
    np.testing.assert_array_equal(holes(polygons), holes(exact))
    assert shapely.union_all(polygons).area == pytest.approx(shapely.area(polygons).sum(), rel=1e-12)


@settings(deadline=None)
@given(maps.filter(lambda labels: (labels > 0).all()), st.sampled_from([1.0, 3.0]), st.booleans())
def test_an_image_without_gaps_is_covered_to_the_last_bit(labels, tolerance, is_round):
    arcs = trace(labels)
    polygons, _ = polygons_of(arcs, *drawn(arcs, tolerance, is_round))
    assert shapely.area(polygons).sum() == labels.size
    assert shapely.union_all(polygons).equals(shapely.box(0, 0, *labels.shape[::-1]))


@settings(deadline=None)
@given(maps, st.sampled_from([0.7, 1.5, 4.0]))
def test_no_corner_is_farther_than_the_tolerance(labels, tolerance):
    arcs = trace(labels)
    points, start = simplify(arcs, tolerance)
    for arc in range(len(arcs)):
        was = shapely.points(arcs.points[arcs.start[arc] : arcs.start[arc + 1]])
        now = shapely.linestrings(points[start[arc] : start[arc + 1]].astype(float))
        assert shapely.distance(was, now).max() <= tolerance + 1e-12


def test_steps_of_a_slope_become_one_line():
    row, col = np.indices((60, 60))
    arcs = trace(1 + (3 * col > 4 * row))
    _, start = simplify(arcs, 1.5)
    border = np.flatnonzero((arcs.sides > 0).all(axis=1))
    assert [int(start[arc + 1] - start[arc]) for arc in border] == [2]
    assert len(arcs.points) > 80


def test_an_island_stays_where_it_is():
    labels = np.ones((9, 9), int)
    labels[5:] = 2
    labels[4, 3:6] = 2
    labels[5, 4] = 3  # in the bulge that a long line would cut off
    arcs = trace(labels)
    polygons, _ = polygons_of(arcs, *simplify(arcs, 9.0))
    assert shapely.get_num_interior_rings(polygons).tolist() == [0, 1, 0]


def test_small_areas_keep_their_form():
    labels = np.ones((20, 20), int)
    labels[3, 3] = 2
    labels[8:12, 8:12] = 3
    arcs = trace(labels)
    points, _ = simplify(arcs, 2.0)
    np.testing.assert_array_equal(points, arcs.points)


def test_corners_become_curves_within_their_triangle():
    labels = np.ones((12, 12), int)
    labels[2:10, 2:10] = 2
    arcs = trace(labels)
    points, start = round_corners(arcs.points, arcs.start, arcs.ends, arcs.shape)
    polygons, _ = polygons_of(arcs, points, start)
    assert shapely.area(polygons).tolist() == [144 - 64 + 4 * 3, 64 - 4 * 3]
    assert len(points) == 5 + 4 * 4 + 1


@pytest.mark.parametrize("tolerance", [-1.0, np.nan, np.inf])
def test_a_tolerance_that_cannot_be_is_refused(tolerance):
    with pytest.raises(InputError, match="simplify must be at least 0 pixels"):
        simplify(trace([[1, 2]]), tolerance)
