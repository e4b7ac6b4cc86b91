import os

import numpy as np
import pytest

from fallow.cluster import choose_n_classes, make_clusterer
from fallow.cluster.choose import _pick
from fallow.cluster.kmeans import KMeans
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
    assert choice.curves["strength"][n_clouds - 2] > 0.95
    assert choice.reason.startswith(f"{n_clouds} classes: ")


@pytest.mark.parametrize("method", ["mixture,covariance=diag", "som"])
def test_any_clusterer_can_be_asked(method):
    choice = choose_n_classes(clouds(4, n_rows=400), lambda n: make_clusterer(method, n), range(3, 6))
    assert choice.n_classes == 4
    assert ("bic" in choice.curves) == method.startswith("mixture")


def test_every_curve_has_a_number_for_every_candidate():
    choice = choose_n_classes(clouds(3), kmeans, range(2, 6))
    names = ["strength", "stability", "stability_deviation", "silhouette", "calinski_harabasz", "davies_bouldin"]
    assert list(choice.curves) == names
    assert all(len(curve) == 4 for curve in choice.curves.values())
    assert np.isfinite(list(choice.curves.values())).all()


def test_the_silhouette_is_the_mean_of_all_rows():
    from sklearn.metrics import silhouette_score

    rows = clouds(5, n_rows=1500)
    found = choose_n_classes(rows, kmeans, [3, 5]).curves["silhouette"]
    expected = [silhouette_score(rows, kmeans(n).fit(rows).predict(rows)) for n in (3, 5)]
    assert found == pytest.approx(expected, abs=0.02)


def test_a_class_of_one_percent_is_counted():
    random = np.random.default_rng(1)
    few = np.float32([[25, 25]]) + random.normal(size=(60, 2)).astype(np.float32)
    assert choose_n_classes(np.concatenate([clouds(4), few]), kmeans).n_classes == 5


@pytest.mark.parametrize("n_features", [2, 8])
def test_one_cloud_is_told_into_few_classes(n_features):
    rows = np.random.default_rng(0).normal(size=(3000, n_features)).astype(np.float32)
    assert choose_n_classes(rows, kmeans).n_classes <= 4


def test_same_choice_whatever_the_threads(monkeypatch):
    choices = []
    for n_threads in (1, 4):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=n_threads: set(range(n)), raising=False)
        choices.append(choose_n_classes(clouds(4, n_rows=40_000), kmeans, range(2, 7)))
    assert choices[0] == choices[1]


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
    ("scores", "strengths", "index"),
    [
        ([0.5, 0.9, 0.6], [1, 1, 1], 1),  # most evidence
        ([0.5, 0.9, 0.6], [1, 0.69, 1], 2),  # of those that are found again
        ([0.5, 0.9, 0.6], [0.3, 0.2, 0.5], 2),  # none is: the strongest
        ([0.5, 0.5], [1, 1], 0),  # as much evidence: the fewest
        ([0.3], [0], 0),
    ],
)
def test_most_evidence_of_what_is_found_again_is_picked(scores, strengths, index):
    assert _pick(scores, strengths)[0] == index


def test_a_method_that_loses_classes_is_judged_up_to_there():
    class Shy(KMeans):
        def fit_ladder(self, rows, numbers):
            return super().fit_ladder(rows, numbers)[: 2 + len(rows) // 1000]  # the halves find fewer than the whole

    choice = choose_n_classes(clouds(3, n_rows=1500), Shy, range(2, 8))
    assert choice.candidates == (2, 3)
    assert {len(curve) for curve in choice.curves.values()} == {2}


def test_progress_counts_the_splits():
    told = []
    choose_n_classes(clouds(3), kmeans, range(2, 4), on_split=lambda done, n: told.append((done, n)))
    assert sorted(told) == [(n, 5) for n in range(1, 6)]
