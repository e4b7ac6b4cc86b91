import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_twins import label_maps, slow_borders, slow_components

from fallow.errors import InputError
from fallow.labels import Seam, components, join_graphs, region_graph


def graph_of(labels, **where):
    return region_graph(components(labels)[0], labels, **where)


def assert_same_graph(one, other):
    for name in ("label", "area", "first", "pairs", "border"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@settings(deadline=None)
@given(label_maps())
def test_graph_counts_areas_and_shared_sides(labels):
    graph = graph_of(labels)
    ids = slow_components(labels)
    borders = slow_borders(ids)
    first = [int(np.argmax(ids == i)) for i in range(1, ids.max() + 1)]
    assert graph.first.tolist() == first
    assert graph.label.tolist() == labels.ravel()[first].tolist()
    assert graph.area.tolist() == np.bincount(ids.ravel(), minlength=1)[1:].tolist()
    assert (graph.pairs + 1).tolist() == [list(pair) for pair in sorted(borders)]
    assert graph.border.tolist() == [borders[pair] for pair in sorted(borders)]


@settings(deadline=None)
@given(label_maps(), st.integers(0, 12))
def test_graphs_add_up_along_a_seam(labels, cut):
    upper, lower = labels[:cut], labels[cut:]
    cols = labels.shape[1]
    parts = [graph_of(upper, total_cols=cols), graph_of(lower, origin=(cut, 0), total_cols=cols)]
    seams = []
    if 0 < cut < len(labels):
        sides = np.stack([components(upper)[0][-1] - 1, components(lower)[0][0] - 1 + len(parts[0])], axis=1)
        is_valid = (upper[-1] > 0) & (lower[0] > 0)
        is_same = upper[-1] == lower[0]
        touching = sides[is_valid & ~is_same].astype(np.int64)
        seams = [Seam(sides[is_valid & is_same].astype(np.int64), touching, np.ones(len(touching), np.int64))]
    joined, node = join_graphs(parts, seams)
    assert_same_graph(joined, graph_of(labels))
    assert len(node) == len(parts[0]) + len(parts[1])


def test_where_a_part_lies_gives_its_nodes_their_identity():
    graph = graph_of(np.array([[0, 1], [2, 2]]), origin=(10, 5), total_cols=100)
    assert graph.first.tolist() == [1006, 1105]


def test_ids_must_fit_the_labels_and_be_in_raster_order():
    with pytest.raises(InputError, match=r"same shape, got \(1, 2\) and \(1, 1\)"):
        region_graph([[1, 2]], [[1]])
    for ids in ([[2, 1]], [[1, 3]]):
        with pytest.raises(InputError, match="in the order of their first pixels; call sequential"):
            region_graph(ids, ids)
