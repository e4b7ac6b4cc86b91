import os

import numpy as np
import pytest

from fallow.cluster import choose_n_classes, make_clusterer
from fallow.cluster.choose import _pick
from fallow.errors import InputError


def clouds(n_clouds, n_rows=6000):
    """Clouds on a circle, so that all are equally far from their neighbours."""
    random = np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(n_clouds) / n_clouds
    centers = 12 * n_clouds / np.pi * np.stack([np.cos(angle), np.sin(angle)], axis=1) / 2
    return (centers[random.integers(n_clouds, size=n_rows)] + random.normal(size=(n_rows, 2))).astype(np.float32)


def kmeans(n_classes):
    return make_clusterer("kmeans", n_classes)


@pytest.mark.parametrize("n_clouds", [2, 3, 4, 5, 7, 11])
def test_separate_clouds_are_counted(n_clouds):
    choice = choose_n_classes(clouds(n_clouds), kmeans)
    assert choice.n_classes == n_clouds
    assert choice.candidates == tuple(range(2, 13))
    assert choice.scores[n_clouds - 2] == max(choice.scores)
    assert f"{n_clouds} classes" in choice.reason


@pytest.mark.parametrize("method", ["mixture,covariance=diag", "som"])
def test_any_clusterer_can_be_asked(method):
    assert choose_n_classes(clouds(4), lambda n: make_clusterer(method, n), range(2, 8)).n_classes == 4


def test_the_score_is_the_mean_silhouette_of_all_rows():
    from sklearn.metrics import silhouette_score

    rows = clouds(5, n_rows=2000)
    scores = choose_n_classes(rows, kmeans, [3, 5]).scores
    expected = [silhouette_score(rows, kmeans(n).fit(rows).predict(rows)) for n in (3, 5)]
    assert scores == pytest.approx(expected, abs=0.02)


def test_same_choice_whatever_the_threads(monkeypatch):
    choices = []
    for n_threads in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda n_threads=n_threads: n_threads)
        choices.append(choose_n_classes(clouds(4, n_rows=40_000), kmeans, range(2, 7)))
    assert choices[0] == choices[1]


def test_small_classes_are_seen():
    rows = np.concatenate([clouds(3), np.float32([[500, 500]]) + np.random.default_rng(1).normal(size=(12, 2))])
    assert choose_n_classes(rows, kmeans, range(2, 8)).scores[4 - 2] > 0.8


def test_candidates_beyond_the_distinct_rows_are_left_out():
    rows = np.repeat(np.float32([[0, 0], [5, 5], [9, 2], [0, 8]]), 50, axis=0)
    choice = choose_n_classes(rows, kmeans)
    assert choice.candidates == (2, 3, 4)
    assert choice.n_classes == 4


def test_two_distinct_rows_leave_one_candidate():
    choice = choose_n_classes(np.repeat(np.float32([[0], [5]]), 50, axis=0), kmeans)
    assert choice.candidates == (2,)
    assert choice.n_classes == 2


def test_a_constant_image_is_refused():
    with pytest.raises(InputError, match="the image is constant: there is nothing to tell apart"):
        choose_n_classes(np.ones((100, 3), np.float32), kmeans)


def test_fewer_distinct_rows_than_any_candidate_are_refused():
    with pytest.raises(InputError, match="8 classes were asked for, but the image has only 2 distinct values"):
        choose_n_classes(np.repeat(np.float32([[0], [5]]), 50, axis=0), kmeans, range(8, 12))


@pytest.mark.parametrize(
    ("scores", "index"),
    [
        ([0.5, 0.4, 0.5, 0.4, 0.55], 2),  # the first peak, though the last is higher
        ([0.6, 0.5, 0.4, 0.3], 0),  # falling: no peak
        ([0.3, 0.4, 0.5, 0.6], 3),  # rising: no peak either
        ([0.8, 0.4, 0.45, 0.4], 0),  # a peak far below the best
        ([0.5, 0.6, 0.6, 0.4], 1),  # a plateau is its first number
        ([0.5, 0.6, 0.6, 0.7], 3),  # unless it goes on rising
        ([0.5, 0.505, 0.5], 0),  # flat: the fewest
        ([0.3], 0),
    ],
)
def test_the_first_peak_near_the_best_is_picked(scores, index):
    assert _pick(scores)[0] == index
