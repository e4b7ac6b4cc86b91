"""What every registered clusterer promises, held against each of them."""

import json
import os

import numpy as np
import pytest

from fallow.cluster.registry import CLUSTERERS, make_clusterer
from fallow.errors import InputError

METHODS = [*CLUSTERERS, "mixture,covariance=diag", "mixture,covariance=tied", "som,shape=12x7,topology=hexagonal"]

each_method = pytest.mark.parametrize("method", METHODS)


def clouds(n_rows=3000, n_features=3, n_clouds=4, seed=0, offset=0.0):
    random = np.random.default_rng(seed)
    centers = random.normal(scale=6, size=(n_clouds, n_features))
    drawn = centers[random.integers(n_clouds, size=n_rows)] + random.normal(size=(n_rows, n_features))
    return (drawn + offset).astype(np.float32)


@each_method
@pytest.mark.parametrize("n_classes", [2, 4, 9])
def test_exactly_the_classes_asked_for_largest_first(method, n_classes):
    rows = clouds()
    model = make_clusterer(method, n_classes).fit(rows)
    labels, confidence = model.assign(rows)
    counts = np.bincount(labels, minlength=n_classes + 1)
    assert labels.dtype == np.int32
    assert confidence.dtype == np.float32
    assert counts[0] == 0
    assert len(counts) == n_classes + 1
    assert counts[1:].all()
    assert (np.diff(counts[1:]) <= 0).all()
    assert np.array_equal(model.shares_, counts[1:] / len(rows))
    assert confidence.min() >= 0
    assert confidence.max() <= 1


@each_method
def test_centers_are_the_means_of_their_classes(method):
    rows = clouds()
    model = make_clusterer(method, 4).fit(rows)
    means = [rows[model.predict(rows) == label].mean(axis=0) for label in range(1, 5)]
    np.testing.assert_allclose(model.centers_, means, atol=0.02)


@each_method
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_no_data(method, bad):
    rows = clouds()
    model = make_clusterer(method, 3).fit(rows)
    holed = rows[:10].copy()
    holed[3, 1] = holed[7] = bad
    labels, confidence = model.assign(holed)
    assert np.flatnonzero(labels == 0).tolist() == [3, 7]
    assert confidence[[3, 7]].tolist() == [0, 0]
    assert np.array_equal(np.flatnonzero(np.isnan(model.distance(holed))), [3, 7])
    assert np.array_equal(np.delete(labels, [3, 7]), np.delete(model.predict(rows[:10]), [3, 7]))


@each_method
@pytest.mark.parametrize("n_features", [1, 3, 60])
def test_what_a_row_gets_depends_on_no_other_row(method, n_features):
    rows = clouds(700, n_features)
    model = make_clusterer(method, 3).fit(rows)
    labels, confidence = model.assign(rows)
    for cuts in ([1, 256, 300], [699]):
        pieces = [model.assign(piece) for piece in np.split(rows, cuts)]
        assert np.concatenate([piece[0] for piece in pieces]).tobytes() == labels.tobytes()
        assert np.concatenate([piece[1] for piece in pieces]).tobytes() == confidence.tobytes()
    assert model.assign(rows[::-1])[1].tobytes() == confidence[::-1].tobytes()


@each_method
def test_same_seed_same_bytes_whatever_the_threads(method, monkeypatch):
    rows = clouds(80_000)  # three chunks, and more than the samples hold
    states = []
    for n_threads in (1, 2, 3, 2):
        monkeypatch.setattr(os, "cpu_count", lambda n_threads=n_threads: n_threads)
        states.append(make_clusterer(method, 5, random_state=7).fit(rows).get_state())
    for state in states[1:]:
        assert state.keys() == states[0].keys()
        assert all(np.asarray(state[name]).tobytes() == np.asarray(states[0][name]).tobytes() for name in state)


@each_method
def test_state_of_plain_data_restores_the_model(method):
    rows = clouds()
    model = make_clusterer(method, 4).fit(rows)
    state = model.get_state()
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in state.items()}
    json.dumps(plain)
    again = make_clusterer(method, 4).set_state(state)
    assert all(np.array_equal(one, other) for one, other in zip(model.assign(rows), again.assign(rows), strict=True))
    assert np.array_equal(model.distance(rows), again.distance(rows))


@each_method
def test_reordered_classes_keep_their_rows_and_confidence(method):
    rows = clouds()
    model = make_clusterer(method, 4).fit(rows)
    labels, confidence = model.assign(rows)
    centers = model.centers_
    model.reorder([3, 1, 4, 2])
    assert np.array_equal(np.array([0, 2, 4, 1, 3])[labels], model.predict(rows))
    np.testing.assert_allclose(model.confidence(rows), confidence, rtol=1e-6)
    assert np.array_equal(model.centers_, centers[[2, 0, 3, 1]])


@each_method
def test_an_order_that_misses_a_class_is_refused(method):
    model = make_clusterer(method, 3).fit(clouds())
    with pytest.raises(InputError, match=r"order must name the classes 1 to 3 once each, got \[0, 1, 2\]"):
        model.reorder([0, 1, 2])


@each_method
def test_too_few_distinct_rows_are_counted_in_the_error(method):
    rows = np.repeat(np.float32([[0, 1], [5, 5], [9, 2]]), 50, axis=0)
    message = "12 classes were asked for, but the image has only 3 distinct values; ask for 3 or fewer"
    with pytest.raises(InputError, match=message):
        make_clusterer(method, 12).fit(rows)


@each_method
def test_as_many_classes_as_distinct_rows_part_them_all(method):
    values = np.float32([[0, 0], [5, 5], [9, 2], [0, 8], [40, 40]])
    rows = np.repeat(values, [500, 30, 20, 4, 1], axis=0)
    labels = make_clusterer(method, 5).fit(rows).predict(values)
    assert sorted(labels) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("method", ["kmeans", "som"])
def test_values_the_samples_miss_still_become_classes(method):
    rows = np.zeros((200_000, 2), np.float32)
    rows[[5, 70_000, 199_999]] = [[3, 1], [9, 9], [-4, 2]]
    counts = np.bincount(make_clusterer(method, 4).fit(rows).predict(rows))
    assert counts.tolist() == [0, 199_997, 1, 1, 1]


@each_method
def test_a_constant_image_has_nothing_to_tell_apart(method):
    with pytest.raises(InputError, match="the image is constant: there is nothing to tell apart"):
        make_clusterer(method, 2).fit(np.ones((100, 3), np.float32))


@each_method
@pytest.mark.parametrize("n_classes", [1, 0, -3, 2.5, True, "3"])
def test_fewer_than_two_classes_are_refused(method, n_classes):
    with pytest.raises(InputError, match="classes must be a whole number of at least 2, got "):
        make_clusterer(method, n_classes).fit(clouds())


@each_method
def test_rows_that_cannot_be_fitted_are_refused(method):
    model = make_clusterer(method, 2)
    with pytest.raises(InputError, match="must be finite"):
        model.fit(np.float32([[1], [np.nan], [2]]))
    with pytest.raises(InputError, match=r"within ±1e\+17 .* got 3.4e\+38"):
        model.fit(np.float32([[1], [-3.4e38], [2]]))
    with pytest.raises(InputError, match="no valid pixel"):
        model.fit(np.empty((0, 3), np.float32))
    with pytest.raises(InputError, match=r"shape \(rows, features\), got \(4,\)"):
        model.fit(np.zeros(4, np.float32))


@each_method
def test_predicting_before_fit_or_with_other_features_is_refused(method):
    model = make_clusterer(method, 2)
    with pytest.raises(InputError, match="has learned nothing yet: call fit first"):
        model.predict(clouds())
    model.fit(clouds(n_features=3))
    with pytest.raises(InputError, match=r"must have the shape \(rows, 3\) as in fit, got \(3000, 2\)"):
        model.predict(clouds(n_features=2))


@each_method
def test_no_rows_give_no_labels(method):
    labels, confidence = make_clusterer(method, 2).fit(clouds()).assign(np.empty((0, 3), np.float32))
    assert (len(labels), len(confidence)) == (0, 0)


@each_method
@pytest.mark.parametrize("offset", [1e6, -1e6])
def test_a_large_offset_does_not_blur_the_classes(method, offset):
    plain, moved = clouds(n_clouds=3, seed=5), clouds(n_clouds=3, seed=5, offset=offset)
    labels = make_clusterer(method, 3).fit(plain).predict(plain)
    assert np.mean(labels == make_clusterer(method, 3).fit(moved).predict(moved)) > 0.99


@each_method
def test_separate_clouds_are_found(method):
    random = np.random.default_rng(3)
    truth = np.sort(random.integers(3, size=2000))
    rows = (np.float32([[0, 0], [8, 8], [-8, 9]])[truth] + random.normal(size=(2000, 2))).astype(np.float32)
    labels = make_clusterer(method, 3).fit(rows).predict(rows)
    table = np.zeros((3, 3), int)
    np.add.at(table, (truth, labels - 1), 1)
    assert table.max(axis=1).sum() > 0.99 * len(rows)


@each_method
def test_one_row_in_a_hundred_is_far_at_home_and_all_are_elsewhere(method):
    rows = clouds(seed=4)
    model = make_clusterer(method, 4).fit(rows)
    assert model.count_far(rows) / len(rows) == pytest.approx(0.01, abs=0.002)
    assert model.count_far(rows + 100) == len(rows)
    holed = np.float32(rows + 100)
    holed[::2] = np.nan
    assert model.count_far(holed) == len(rows) // 2


@each_method
def test_a_ladder_has_a_rung_a_number_each_as_good_as_a_fit(method):
    rows = clouds(900)
    ladder = make_clusterer(method, 2).fit_ladder(rows, range(3, 7))
    assert [rung.n_classes for rung in ladder] == [3, 4, 5, 6]
    for rung in ladder:
        assert np.array_equal(np.bincount(rung.predict(rows))[1:] / len(rows), rung.shares_)
        assert (np.diff(rung.shares_) <= 0).all()
        assert rung.get_state().keys() == make_clusterer(method, 3).fit(rows).get_state().keys()
    again = make_clusterer(method, 4).fit(rows)
    assert np.mean(ladder[1].distance(rows)) < 1.05 * np.mean(again.distance(rows))


@each_method
def test_a_ladder_that_cannot_reach_its_first_number_is_refused(method):
    rows = np.repeat(clouds(3), 20, axis=0)
    with pytest.raises(InputError, match="4 classes were asked for, but the image has only 3 distinct values"):
        make_clusterer(method, 2).fit_ladder(rows, [4])


@pytest.mark.parametrize("method", ["kmeans,tol=low", "som,epochs=0", "mixture,max_iter=0"])
def test_a_ladder_checks_the_options(method):
    with pytest.raises(InputError, match=r"(tol|epochs|max_iter) must be a"):
        make_clusterer(method, 2).fit_ladder(clouds(50), [2, 3])
