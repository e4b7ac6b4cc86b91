"""Classes learned again from other samples."""

import numpy as np
import pytest

from fallow.cluster import Panel, assign_shares, make_clusterer

METHODS = ["kmeans", "mixture", "som,shape=4x4"]


def clouds(centers, n=400, spread=0.3, seed=0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.concatenate([random.normal(center, spread, (n, 2)) for center in centers]).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_clouds_that_are_apart_are_found_again(method):
    rows = clouds([(0, 0), (9, 0), (0, 9)])
    model = make_clusterer(method, 3).fit(rows)
    panel = Panel.fit(rows, model, 5, 0)
    labels, shares = assign_shares(rows, model, panel)
    assert shares["stability"].min() == 1
    np.testing.assert_array_equal(panel.confusion, np.eye(3))
    assert panel.most_confused() == []
    np.testing.assert_array_equal(panel.agreement(rows, labels), shares["stability"])


def test_a_cloud_cut_in_two_is_not_stable_where_it_is_cut():
    random = np.random.default_rng(0)
    rows = np.concatenate([random.normal((0, 0), 3, (900, 2)), random.normal((40, 0), 0.5, (1100, 2))]).astype(
        np.float32
    )
    model = make_clusterer("kmeans", 3).fit(rows)
    panel = Panel.fit(rows, model, 20, 0)
    labels, shares = assign_shares(rows, model, panel)
    whole = labels[-1]  # of three classes two share the wide cloud
    assert shares["stability"][labels == whole].mean() > 0.9
    assert shares["stability"][labels != whole].mean() < 0.9
    one, other, share = panel.most_confused()[0]
    assert whole not in (one, other)
    assert share > 0.05


def test_no_data_agrees_with_nobody():
    rows = clouds([(0, 0), (9, 9)])
    model = make_clusterer("kmeans", 2).fit(rows)
    panel = Panel.fit(rows, model, 3, 0)
    some = np.float32([[0, 0], [np.nan, 1]])
    labels, shares = assign_shares(some, model, panel)
    assert labels[1] == 0
    assert shares["stability"].tolist() == [1, 0]


def test_the_same_seed_gives_the_same_panel_and_another_seed_another():
    rows = clouds([(0, 0), (2, 0)], spread=1.0)
    model = make_clusterer("kmeans", 4).fit(rows)
    one, same, other = (Panel.fit(rows, model, 4, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.confusion, same.confusion)
    assert (one.confusion != other.confusion).any()


def test_a_panel_follows_when_classes_are_numbered_anew():
    rows = clouds([(0, 0), (3, 0), (0, 3)], spread=1.0)
    model = make_clusterer("kmeans", 3).fit(rows)
    panel = Panel.fit(rows, model, 4, 0)
    before = panel.agreement(rows, model.predict(rows))
    order = np.array([3, 1, 2])
    moved = panel.reorder(order)
    model.reorder(order)
    np.testing.assert_array_equal(moved.agreement(rows, model.predict(rows)), before)
    np.testing.assert_array_equal(moved.confusion, panel.confusion[np.ix_([2, 0, 1], [2, 0, 1])])


@pytest.mark.parametrize("method", METHODS)
def test_a_panel_is_saved_and_read_back(method):
    rows = clouds([(0, 0), (3, 0), (0, 3)], spread=1.0)
    model = make_clusterer(method, 3).fit(rows)
    panel = Panel.fit(rows, model, 2, 0)
    again = Panel.from_state(panel.to_state(), model)
    labels = model.predict(rows)
    np.testing.assert_array_equal(again.agreement(rows, labels), panel.agreement(rows, labels))


def test_few_distinct_rows_are_enough():
    rows = np.float32([[0], [1], [2]] + [[0]] * 500)
    model = make_clusterer("kmeans", 3).fit(rows)
    assert Panel.fit(rows, model, 5, 0).confusion.shape == (3, 3)
