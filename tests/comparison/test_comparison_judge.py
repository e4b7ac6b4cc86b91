import numpy as np
import pytest

from fallow.comparison import judge
from fallow.comparison.cloud import cloud_like
from fallow.comparison.judge import Judge, coherence
from fallow.errors import InputError
from fallow.units.together import Described


def measure(rows, method="kmeans", n_classes=3):
    (found,) = Judge(described(rows)).measure(method, [n_classes])
    return found[1:]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(judge, "JUDGED_ROWS", 600)


def described(rows, shape=(30, 40)):
    rows = np.asarray(rows, np.float32)
    return Described(("made up",), rows, rows, rows, np.arange(len(rows), dtype=np.int32).reshape(shape))


def clouds(n_clouds, *, n_features=2, gap=12.0):
    """Rows of a map of 30 x 40 cells, in stripes of as many kinds."""
    kind = np.arange(1200) * n_clouds // 1200
    rows = np.random.default_rng(0).normal(size=(1200, n_features))
    rows[:, 0] += gap * kind
    return rows


def test_classes_that_are_there_are_stable_separate_and_coherent():
    figures, classes = measure(clouds(3))
    assert figures.stability > 0.99
    assert figures.separation > 0.2
    assert figures.coherence > 0.9
    assert classes.shape == (30, 40)
    assert np.unique(classes).tolist() == [1, 2, 3]


@pytest.mark.parametrize("n_features", [1, 2, 10])
@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_rows_without_structure_have_no_separation_however_few_features_and_classes(n_features, n_classes):
    rows = np.random.default_rng(1).normal(size=(1200, n_features)) * np.arange(1, n_features + 1)
    figures, _ = measure(rows, n_classes=n_classes)
    assert abs(figures.separation) < 0.04
    assert figures.silhouette > 0.05  # which says nothing


def test_what_stands_for_itself_many_times_is_judged_once():
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    often = Described(("made up",), rows.repeat(30, axis=0), rows, rows, np.arange(40).reshape(5, 8))
    ((_, figures, _),) = Judge(often).measure("kmeans", [4])
    assert figures.stability < 0.9
    assert figures.separation < 0.15


def test_the_number_that_is_there_is_the_most_separate():
    found = {n: figures for n, figures, _ in Judge(described(clouds(4))).measure("kmeans", [2, 3, 4, 5, 6])}
    assert max(found, key=lambda n: found[n].separation) == 4


@pytest.mark.parametrize("method", ["kmeans", "mixture", "som,shape=4x4"])
def test_the_same_seed_gives_the_same_figures(method):
    one, other = (measure(clouds(3), method) for _ in range(2))
    assert one[0] == other[0]
    assert np.array_equal(one[1], other[1])


def test_a_number_that_cannot_be_found_says_why_and_the_others_go_on():
    found = list(Judge(described(np.resize([[0.0], [1.0], [5.0]], (1200, 1)))).measure("kmeans", [2, 3, 4, 7]))
    refused = [str(each) for each in found if isinstance(each, InputError)]
    assert len(refused) == 2
    assert "only 3 distinct values" in refused[0]
    assert [each[0] for each in found if not isinstance(each, InputError)] == [2, 3]


def test_a_cloud_spreads_like_the_rows_in_every_direction():
    random = np.random.default_rng(0)
    rows = (random.normal(size=(3000, 3)) @ [[5, 1, 0], [0, 1, 0], [0, 0, 0]] + 100).astype(np.float32)
    cloud = cloud_like(rows, 20_000, random)
    np.testing.assert_allclose(np.cov(cloud.T), np.cov(rows.T), atol=0.8)
    np.testing.assert_allclose(cloud.mean(axis=0), rows.mean(axis=0), atol=0.2)


def test_noise_is_not_coherent_and_no_data_does_not_count():
    noise = np.random.default_rng(0).integers(1, 4, (200, 200))
    assert abs(coherence(noise)) < 0.02
    halves = np.repeat([1, 2], 20)[:, None].repeat(40, axis=1)
    whole = coherence(halves)
    assert whole > 0.9
    halves[19:21] = 0
    assert coherence(halves) == 1
    assert coherence(np.zeros((3, 3), int)) == 0
