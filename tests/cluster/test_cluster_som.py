import numpy as np
import pytest

from fallow.cluster.som import Som
from fallow.errors import InputError


def clouds(n_rows=3000, n_features=3, seed=0):
    random = np.random.default_rng(seed)
    centers = random.normal(scale=5, size=(5, n_features))
    return (centers[random.integers(5, size=n_rows)] + random.normal(size=(n_rows, n_features))).astype(np.float32)


@pytest.mark.parametrize("shape", [(1, 30), (30, 1)])
def test_units_of_a_chain_line_up_along_a_curve(shape):
    angle = np.random.default_rng(0).uniform(0, np.pi, 4000)
    rows = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    model = Som(3, shape=shape).fit(rows)
    along = np.arctan2(model.codebook_[:, 1], model.codebook_[:, 0])
    assert (np.diff(along) > 0).all() or (np.diff(along) < 0).all()
    assert model.topographic_error_ == 0


@pytest.mark.parametrize("bands", [1, 3])
def test_grey_values_use_all_units_and_rise_along_the_map(bands):
    grey = np.random.default_rng(0).uniform(size=(5000, 1)).astype(np.float32)
    model = Som(4, shape=(5, 6), last_radius=0.5).fit(np.repeat(grey, bands, axis=1))
    assert model.hits_.all()
    assert (np.diff(model.component_planes()[..., 0].mean(axis=0)) > 0).all()


def test_quantization_error_is_the_mean_distance_to_the_best_unit():
    rows = clouds()
    model = Som(5).fit(rows)
    assert model.quantization_error_ == pytest.approx(model.distance(rows).mean(), rel=1e-5)
    np.testing.assert_allclose(
        model.distance(rows), np.linalg.norm(rows - model.codebook_[model.best_units(rows)], axis=1)
    )


def test_topographic_error_counts_second_units_that_do_not_touch():
    rows = clouds()
    model = Som(5, shape=(7, 9)).fit(rows)
    order = np.argsort(((rows[:, None] - model.codebook_) ** 2).sum(axis=2), axis=1)
    (row0, row1), (col0, col1) = np.divmod(order[:, 0], 9), np.divmod(order[:, 1], 9)
    best, second = (row0, row1), (col0, col1)
    apart = np.maximum(abs(best[0] - second[0]), abs(best[1] - second[1]))
    assert model.topographic_error_ == pytest.approx(np.mean(apart > 1))


def test_hits_and_classes_agree_with_the_labels():
    rows = clouds()
    model = Som(5).fit(rows)
    units = model.best_units(rows)
    assert units.dtype == np.int32
    assert np.array_equal(model.hits_, np.bincount(units, minlength=100))
    assert np.array_equal(model.unit_class_[units], model.predict(rows))
    assert model.best_units(np.full((1, 3), np.nan, np.float32)).tolist() == [-1]


def test_confidence_compares_with_the_nearest_unit_of_another_class():
    rows = clouds()
    model = Som(4, shape=(6, 6)).fit(rows)
    distances = np.linalg.norm(rows[:, None].astype(np.float64) - model.codebook_, axis=2)
    is_own = model.predict(rows)[:, None] == model.unit_class_
    nearest = np.where(is_own, distances, np.inf).min(axis=1)
    other = np.where(is_own, np.inf, distances).min(axis=1)
    np.testing.assert_allclose(model.confidence(rows), 1 - nearest / other, atol=1e-5)


def test_more_units_than_a_byte_counts_never_overflow():
    rows = np.random.default_rng(0).uniform(size=(6000, 2)).astype(np.float32)
    model = Som(300, shape=(20, 20), epochs=3).fit(rows)
    units, labels = model.best_units(rows), model.predict(rows)
    assert units.max() > 380
    assert np.array_equal(np.unique(labels), np.arange(1, 301))
    assert len(np.unique(units)) > 255


def test_a_map_of_1600_units_is_grouped():
    rows = clouds(20_000)
    model = Som(7, shape=(40, 40), topology="hexagonal", epochs=3).fit(rows)
    assert np.array_equal(np.unique(model.unit_class_), np.arange(1, 8))
    assert model.hits_.sum() == len(rows)


@pytest.mark.parametrize("topology", ["rectangular", "hexagonal"])
def test_opposite_edges_of_a_torus_are_alike(topology):
    rows = np.random.default_rng(0).normal(size=(3000, 3)).astype(np.float32)
    across = {}
    for toroidal in (True, False):
        model = Som(3, shape=(10, 10), topology=topology, toroidal=toroidal, last_radius=1.0).fit(rows)
        planes = model.component_planes()
        across[toroidal] = np.linalg.norm(planes[:, 0] - planes[:, -1], axis=1).mean()
    assert across[True] < 0.5 * across[False]


def test_training_goes_on_from_a_restored_map():
    rows = clouds()
    short = Som(5, epochs=2).fit(rows)
    again = Som(5, epochs=10, warm_start=True).set_state(short.get_state()).fit(rows)
    assert again.n_epochs_ == 12
    assert again.quantization_error_ < short.quantization_error_
    assert Som(5, epochs=10).fit(rows).n_epochs_ == 10


def test_a_map_cannot_go_on_with_other_features():
    model = Som(3, warm_start=True).fit(clouds(n_features=3))
    with pytest.raises(InputError, match="trained on 3 features and cannot go on with 2"):
        model.fit(clouds(n_features=2))
    assert model.predict(clouds(n_features=3)).min() == 1


def test_the_u_matrix_has_a_ridge_between_clouds():
    rows = np.random.default_rng(0).normal(size=(2000, 2)).astype(np.float32)
    rows[1000:, 0] += 60
    model = Som(2, shape=(4, 10), last_radius=0.5).fit(rows)
    ridges = model.u_matrix()
    assert ridges.shape == (4, 10)
    assert ridges[:, 4:6].mean() > 3 * ridges[:, [0, 9]].mean()


def test_the_u_matrix_is_the_mean_distance_to_touching_units():
    model = Som(2, shape=(2, 3)).fit(clouds())
    book = model.codebook_.astype(np.float64)
    assert model.u_matrix()[0, 0] == pytest.approx(np.linalg.norm(book[[1, 3, 4]] - book[0], axis=1).mean())


def test_component_planes_are_the_codebook_as_an_image():
    model = Som(2, shape=(3, 5)).fit(clouds())
    planes = model.component_planes()
    assert planes.shape == (3, 5, 3)
    assert np.array_equal(planes[1, 2], model.codebook_[7])


def test_an_auto_shape_follows_the_rows():
    rows = clouds(200) * np.float32([9, 1, 1])
    model = Som(3, shape="auto").fit(rows)
    n_rows, n_cols = model.shape_
    assert 50 <= n_rows * n_cols <= 100
    assert n_cols > n_rows


def test_a_map_needs_a_unit_for_each_class():
    with pytest.raises(InputError, match="a map of 2 x 2 has 4 units, too few for 5 classes"):
        Som(5, shape=(2, 2)).fit(clouds())


@pytest.mark.parametrize("shape", [(0, 5), (3,), "large", 7, (2.5, 4)])
def test_a_shape_that_is_no_grid_is_refused(shape):
    with pytest.raises(
        InputError, match=r'shape must be two whole numbers of at least 1, \(rows, cols\), or "auto", got'
    ):
        Som(2, shape=shape).fit(clouds())


def test_a_hexagonal_torus_needs_an_even_number_of_rows():
    with pytest.raises(InputError, match="toroidal hexagonal map needs an even number of rows to close, got 5"):
        Som(2, shape=(5, 6), topology="hexagonal", toroidal=True).fit(clouds())


def test_an_unknown_topology_is_refused():
    with pytest.raises(InputError, match="got 'hexagon'; did you mean \"hexagonal\""):
        Som(2, topology="hexagon").fit(clouds())


def test_epochs_and_radius_must_be_positive():
    with pytest.raises(InputError, match="epochs must be a whole number of at least 1, got 0"):
        Som(2, epochs=0).fit(clouds())
    with pytest.raises(InputError, match="last_radius must be a number above 0, got 0"):
        Som(2, last_radius=0).fit(clouds())


def test_the_error_is_no_higher_than_minisoms():
    import minisom

    rows = clouds(2000)
    peer = minisom.MiniSom(10, 10, 3, random_seed=0)
    peer.pca_weights_init(rows)
    peer.train(rows, 20, use_epochs=True)
    assert Som(5, epochs=20).fit(rows).quantization_error_ <= peer.quantization_error(rows)
