"""The sieve of strips is that of the whole map."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fallow.labels import components, region_graph, sieve
from fallow.labels.arcs import trace
from fallow.labels.sieve_strips import graph_of, sieve_strips

maps = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4)).flatmap(
    lambda size: arrays(np.int32, size[:2], elements=st.integers(0, size[2]))
)


@settings(deadline=None)
@given(maps, st.integers(0, 12), st.integers(1, 4))
def test_strips_are_sieved_as_the_whole_map(labels, min_area, height):
    def strips():
        return (labels[row : row + height] for row in range(0, len(labels), height))

    found = np.concatenate(list(sieve_strips(strips, labels.shape, min_area)()))
    expected = sieve(labels, min_area, protect=False)
    ids, n = components(expected)
    is_small = np.bincount(ids.ravel(), minlength=n + 1) < min_area  # and without a neighbour: no data now
    np.testing.assert_array_equal(found, np.where(is_small[ids], 0, expected))


@settings(deadline=None)
@given(maps)
def test_arcs_know_the_region_graph(labels):
    found, expected = graph_of(trace(labels)), region_graph(components(labels)[0], labels)
    for name in ("label", "area", "first", "pairs", "border"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
