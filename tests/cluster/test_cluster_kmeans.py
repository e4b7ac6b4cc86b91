import numpy as np
import pytest

from fallow.cluster.kmeans import KMeans
from fallow.cluster.lloyd import refine, sum_up
from fallow.cluster.seeding import farthest_rows, spread_centers
from fallow.errors import InputError


def clouds(n_rows, n_features, n_clouds, seed):
    random = np.random.default_rng(seed)
    centers = random.normal(scale=3, size=(n_clouds, n_features))
    return (centers[random.integers(n_clouds, size=n_rows)] + random.normal(size=(n_rows, n_features))).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("n_rows", "n_features", "n_clouds", "n_classes"), [(4000, 4, 12, 12), (40_000, 3, 5, 9), (900, 60, 6, 6)]
)
def test_inertia_is_as_low_as_scikit_learns(n_rows, n_features, n_clouds, n_classes):
    from sklearn.cluster import KMeans as Peer

    rows = clouds(n_rows, n_features, n_clouds, seed=1)
    peer = Peer(n_classes, n_init=3, random_state=0).fit(rows)
    assert KMeans(n_classes).fit(rows).inertia_ < 1.01 * peer.inertia_


def test_inertia_is_that_of_the_centers():
    rows = clouds(50_000, 3, 4, seed=2)
    model = KMeans(4).fit(rows)
    assert model.inertia_ == pytest.approx(np.square(model.distance(rows).astype(np.float64)).sum(), rel=1e-5)


def test_confidence_is_the_simplified_silhouette():
    model = KMeans(2).set_state({"centers_": np.float32([[0], [10]]), "n_features_": 1})
    np.testing.assert_allclose(model.confidence(np.float32([[0], [2], [5], [-10]])), [1, 0.75, 0, 0.5])


def test_each_pass_lowers_the_inertia():
    rows = clouds(2000, 2, 6, seed=3)
    start = spread_centers(rows, 6, np.random.default_rng(0))
    inertias = [refine(rows, start, max_iter=n, tolerance=0).inertia for n in (1, 2, 4, 8)]
    assert inertias == sorted(inertias, reverse=True)
    assert inertias[-1] < inertias[0]


def test_a_center_without_rows_starts_again_at_the_farthest_row():
    rows = np.float32([[0], [1], [2], [50], [90]])
    found = refine(rows, np.float32([[1], [900], [901]]), max_iter=10, tolerance=0)
    assert sorted(found.centers.ravel().tolist()) == [1, 50, 90]


def test_farthest_rows_are_distinct():
    rows = np.float32([[0], [9], [9], [7]])
    assert farthest_rows(rows, np.float32([[0]]), 2).tolist() == [[9], [7]]


def test_rows_that_32_bits_cannot_part_are_refused():
    rows = np.float32([[0], [1e-30], [1]])
    with pytest.raises(InputError, match="differ by too little"):
        KMeans(3).fit(rows)


def test_spread_centers_prefer_far_clouds():
    rows = np.concatenate([np.zeros((500, 1)), np.full((5, 1), 100)]).astype(np.float32)
    for seed in range(10):
        assert sorted(spread_centers(rows, 2, np.random.default_rng(seed)).ravel()) == [0, 100]


def test_sum_up_adds_the_chunks():
    rows = clouds(70_000, 2, 3, seed=4)
    sums, counts, inertia = sum_up(rows, rows[:3])
    assert counts.sum() == len(rows)
    np.testing.assert_allclose(sums.sum(axis=0), rows.sum(axis=0, dtype=np.float64), rtol=1e-9)
    assert inertia > 0


@pytest.mark.parametrize(("option", "value"), [("n_starts", 0), ("max_iter", 1.5), ("max_iter", "many")])
def test_counts_must_be_whole_and_positive(option, value):
    with pytest.raises(InputError, match=f"{option} must be a whole number of at least 1, got {value!r}"):
        KMeans(2, **{option: value}).fit(np.float32([[0], [1]]))


@pytest.mark.parametrize("tol", [0, -1.0, float("nan"), "small"])
def test_the_tolerance_must_be_positive(tol):
    with pytest.raises(InputError, match="tol must be a number above 0"):
        KMeans(2, tol=tol).fit(np.float32([[0], [1]]))


def test_a_ladder_keeps_the_small_class_that_random_starts_miss():
    random = np.random.default_rng(0)
    centers = np.array([[0, 0], [9, 0], [0, 9], [9, 9], [16, 16]])
    labels = np.repeat(np.arange(5), [400, 400, 400, 400, 8])
    rows = (centers[labels] + random.normal(size=(len(labels), 2))).astype(np.float32)
    ladder = KMeans(2).fit_ladder(rows, range(2, 9))
    assert ladder[5 - 2].shares_[-1] == pytest.approx(8 / len(rows))


def test_a_ladder_of_few_distinct_rows_ends_with_a_class_each():
    rows = np.repeat(np.float32([[0], [1], [5], [9]]), 30, axis=0)
    ladder = KMeans(2).fit_ladder(rows, [2, 4])
    assert [rung.n_classes for rung in ladder] == [2, 4]
    assert ladder[1].inertia_ == 0
