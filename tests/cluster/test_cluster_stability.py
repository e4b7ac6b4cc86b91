import os

import numpy as np
import pytest

from fallow.cluster import make_clusterer, stability
from fallow.errors import InputError


def kmeans(n_classes):
    return lambda: make_clusterer("kmeans", n_classes)


def two_clouds(n_rows=400):
    random = np.random.default_rng(0)
    return (random.normal(size=(n_rows, 2)) + 20 * (np.arange(n_rows) % 2)[:, None]).astype(np.float32)


def test_classes_that_are_there_come_again():
    found = stability(two_clouds(), kmeans(2))
    assert (found.mean, found.deviation) == (1, 0)
    assert len(found.scores) == 8


def test_classes_that_are_invented_come_out_elsewhere():
    assert stability(two_clouds(), kmeans(5)).mean < 0.8


def test_mean_and_deviation_are_those_of_the_scores():
    found = stability(two_clouds(), kmeans(4), n_resamples=5)
    assert (found.mean, found.deviation) == (np.mean(found.scores), np.std(found.scores))
    assert found.deviation > 0


@pytest.mark.parametrize("method", ["kmeans", "mixture,covariance=diag", "som,shape=4x4"])
def test_same_scores_whatever_the_threads(monkeypatch, method):
    found = []
    for n_threads in (1, 3):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=n_threads: set(range(n)), raising=False)
        found.append(stability(two_clouds(), lambda: make_clusterer(method, 4), n_resamples=3))
    assert found[0] == found[1]


def test_rare_values_are_in_both_halves():
    rows = np.float32([[0]] * 60 + [[1], [2], [3]])
    assert stability(rows, kmeans(4), n_resamples=3).mean == 1


def test_more_classes_than_distinct_rows_are_refused():
    with pytest.raises(InputError, match="3 classes were asked for, but the image has only 2 distinct values"):
        stability(np.float32([[0], [1], [1]]), kmeans(3))
