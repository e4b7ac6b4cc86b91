import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_twins import slow_largest_matching, slow_within_reach, two_maps

from fallow.errors import InputError
from fallow.metrics import BoundaryScores, boundaries, boundary_scores
from fallow.metrics.assignment import largest_matching
from fallow.metrics.boundary import TILE, _matched, _within_reach


def halves(rows=12, cols=12, *, at=6):
    """Lay out two regions, the right one from column `at` on."""
    labels = np.ones((rows, cols), np.int32)
    labels[:, at:] = 2
    return labels


@settings(deadline=None)
@given(two_maps(n_labels=1, max_side=7), st.sampled_from([0, 1, 1.5, 2.5]))
def test_as_many_pixels_as_can_be_are_matched(maps, tolerance):
    found, true = (each.astype(bool) for each in maps)
    pairs = slow_within_reach(found, true, tolerance)
    start, target = _within_reach(found, true, tolerance)
    assert [sorted(each.tolist()) for each in np.split(target, start[1:-1])][: len(pairs)] == [
        sorted(each) for each in pairs
    ]
    is_found, is_true = _matched(found, true, tolerance)
    assert is_found.sum() == is_true.sum() == slow_largest_matching(pairs)
    assert not (is_found & ~found).any()
    assert not (is_true & ~true).any()


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=6, unique=True), max_size=12))
def test_matchings_are_largest_and_one_to_one(targets):
    start = np.cumsum([0, *map(len, targets)])
    target = np.array([each for some in targets for each in some], np.int32)
    of_node, of_target = largest_matching(start, target, 10)
    assert (of_node >= 0).sum() == (of_target >= 0).sum() == slow_largest_matching(targets)
    for node, chosen in enumerate(of_node):
        assert chosen < 0 or (chosen in targets[node] and of_target[chosen] == node)


def test_large_matchings_equal_scipys():
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    random = np.random.default_rng(0)
    graph = csr_matrix(random.random((700, 600)) < 0.003)
    of_node, _ = largest_matching(graph.indptr.astype(np.int64), graph.indices, 600)
    assert (of_node >= 0).sum() == (maximum_bipartite_matching(graph, "column") >= 0).sum()


@settings(max_examples=50, deadline=None)
@given(two_maps(n_labels=2, max_side=10))
def test_borders_lie_between_different_labels_and_are_thin(maps):
    labels, _ = maps
    marked = np.zeros(labels.shape, bool)
    for row, col in np.ndindex(labels.shape):
        below, right = labels[row + 1 : row + 2, col], labels[row, col + 1 : col + 2]
        marked[row, col] = (below != labels[row, col]).any() or (right != labels[row, col]).any()
    thin = boundaries(labels)
    assert not (thin & ~marked).any()
    assert thin.any() == marked.any()


def test_a_slanting_border_is_one_pixel_wide_too():
    assert boundaries(np.tri(9, dtype=int)).sum(axis=1).tolist() == [1] * 7 + [2, 0]


def test_a_border_within_the_tolerance_is_right_and_beyond_it_wrong():
    near = boundary_scores(halves(at=6), halves(at=8), tolerance=2)
    far = boundary_scores(halves(at=6), halves(at=8), tolerance=1.9)
    assert (near.precision, near.recall, near.f) == (1, 1, 1)
    assert (far.precision, far.recall, far.f) == (0, 0, 0)


def test_each_pixel_is_matched_once():
    twice = halves(at=6)
    twice[:, 4:6] = 3  # two lines for one
    scores = boundary_scores(twice, halves(at=6), tolerance=2)
    assert (scores.precision, scores.recall) == (0.5, 1)


def test_right_is_what_any_annotator_drew_and_each_is_to_be_found():
    one, other = halves(at=4), halves(at=9)
    scores = boundary_scores(one, [one, other], tolerance=1)
    assert scores == BoundaryScores(found=12, found_right=12, true=24, true_found=12)
    assert boundary_scores(one, np.stack([one, other]), tolerance=1) == scores


def test_where_the_truth_is_ignored_nothing_is_wrong():
    truth = np.zeros((12, 12), np.int32)
    truth[:, 6:] = 5
    labels = halves(at=6)
    labels[:, :3] = 7  # in the ignored half
    scores = boundary_scores(labels, truth, ignore=0, tolerance=1)
    assert (scores.found, scores.precision, scores.recall) == (12, 1, 1)
    assert boundary_scores(labels, truth, tolerance=1).precision == 0.5


def test_an_image_without_borders_is_no_division_by_zero():
    scores = boundary_scores(np.ones((5, 5), int), np.ones((5, 5), int))
    assert (scores.precision, scores.recall, scores.f) == (1, 1, 1)
    assert boundary_scores(np.ones((5, 5), int), halves(5, 5, at=2)).f == 0


def test_squares_of_a_large_image_give_about_the_whole(monkeypatch):
    random = np.random.default_rng(3)
    cells = random.integers(1, 9, (20, 20)).repeat(10, 0).repeat(10, 1)
    moved = np.roll(cells, (1, 2), (0, 1))
    whole = boundary_scores(cells, moved, tolerance=2.5)
    monkeypatch.setattr("fallow.metrics.boundary.TILE", 64)
    parts = boundary_scores(cells, moved, tolerance=2.5)
    assert (parts.found, parts.true) == (whole.found, whole.true)
    assert parts.f == pytest.approx(whole.f, abs=0.02)
    assert TILE == 1024


def test_the_tolerance_grows_with_the_image_up_to_ten_pixels():
    from fallow.metrics.boundary import check_tolerance

    assert check_tolerance(None, (321, 481)) == pytest.approx(0.0075 * math.hypot(321, 481))
    assert check_tolerance(None, (5000, 5000)) == 10


@pytest.mark.parametrize(
    ("labels", "truth", "tolerance", "message"),
    [
        (halves(), halves(), -1, "tolerance must be 0 to 100 pixels, got -1"),
        (halves(), halves(), math.nan, "tolerance must be 0 to 100 pixels, got nan"),
        (halves(), halves(13), 1, r"truth must have the shape of labels, \(12, 12\), got \(13, 12\)"),
        (halves().ravel(), halves().ravel(), 1, r"labels must be \(rows, cols\) to have borders, got 1 dimensions"),
        (halves() * 0.5, halves(), 1, "labels must be whole numbers, got float64"),
    ],
)
def test_what_has_no_borders_is_refused(labels, truth, tolerance, message):
    with pytest.raises(InputError, match=message):
        boundary_scores(labels, truth, tolerance=tolerance)
