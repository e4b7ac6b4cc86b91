"""Arcs and rings: what they say of areas is exact, whatever the strips."""

from dataclasses import fields

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from polygon_twins import check_partition, polygons_of, touching
from rasterio.features import rasterize

from fallow import InputError
from fallow.labels import components, region_graph
from fallow.labels.arcs import trace, trace_strips

maps = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4)).flatmap(
    lambda size: arrays(np.int32, size[:2], elements=st.integers(0, size[2]))
)


def lines(arcs):
    return [arcs.points[a:b].tolist() for a, b in zip(arcs.start, arcs.start[1:], strict=False)]


def test_a_hole_is_a_ring_with_nothing_on_its_left():
    arcs = trace([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
    assert lines(arcs) == [
        [[0, 0], [0, 3], [3, 3], [3, 0], [0, 0]],
        [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]],
    ]
    assert arcs.sides.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("labels", "n_holes"),
    [
        ([[1, 0], [0, 1]], [0, 0]),  # two areas meet at a corner
        ([[1, 1, 1], [1, 0, 1], [1, 1, 0]], [1]),  # one area meets itself: the hole touches the outside
        ([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], [2]),  # two holes meet at a corner
        ([[2, 2, 2, 2], [2, 1, 2, 2], [2, 2, 1, 2], [2, 2, 2, 2]], [0, 0, 2]),
        ([[1] * 5, [1, 0, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 0, 1], [1] * 5], [1, 0]),  # an island in a hole
    ],
)
def test_areas_that_meet_at_a_corner_are_simple_features(labels, n_holes):
    polygons, _ = polygons_of(trace(labels))
    check_partition(polygons)
    assert shapely.get_num_interior_rings(polygons).tolist() == n_holes


@settings(deadline=None)
@given(maps)
def test_polygons_are_the_areas(labels):
    arcs = trace(labels)
    polygons, area = polygons_of(arcs)
    ids, n = components(labels)
    assert sorted(area.tolist()) == list(range(1, n + 1))
    np.testing.assert_array_equal(shapely.area(polygons), arcs.area[area])
    np.testing.assert_array_equal(arcs.area[1:], np.bincount(ids.ravel(), minlength=n + 1)[1:])
    if n:
        check_partition(polygons)
        drawn = rasterize(zip(polygons, area.tolist(), strict=True), labels.shape, dtype=np.int32)
        np.testing.assert_array_equal(drawn, ids)
        np.testing.assert_array_equal(arcs.label[ids], labels)


@settings(deadline=None)
@given(maps)
def test_borders_are_those_of_the_region_graph(labels):
    arcs, graph = trace(labels), region_graph(components(labels)[0], labels)
    np.testing.assert_array_equal(arcs.first[1:], graph.first)
    found = {}
    for sides, length in zip(np.sort(arcs.sides, axis=1).tolist(), arcs.lengths.tolist(), strict=True):
        if sides[0]:
            found[tuple(sides)] = found.get(tuple(sides), 0) + length
    pairs = zip((graph.pairs + 1).tolist(), graph.border.tolist(), strict=True)
    assert found == {tuple(pair): length for pair, length in pairs}
    polygons, area = polygons_of(arcs)
    if len(polygons):
        assert {tuple(sorted(area[list(pair)].tolist())) for pair in touching(polygons)} == set(found)


@settings(deadline=None)
@given(maps, st.integers(1, 4))
def test_strips_do_not_matter(labels, height):
    whole = trace(labels)
    parts = trace_strips((labels[row : row + height] for row in range(0, len(labels), height)), labels.shape)
    for each in fields(whole):
        np.testing.assert_array_equal(getattr(parts, each.name), getattr(whole, each.name), err_msg=each.name)


def test_strips_must_fill_the_shape():
    with pytest.raises(InputError, match="strips must have 3 rows together, got 2"):
        trace_strips([np.ones((2, 4), int)], (3, 4))
    with pytest.raises(InputError, match="strips must have 5 columns, got 4"):
        trace_strips([np.ones((2, 4), int)], (2, 5))
