import numpy as np

from fallow.tiles.grid import blocks_of, tiles_of
from fallow.tiles.statistics import ClassStatistics, class_sums


def scene(rows=50, cols=60, bands=3, n_classes=4):
    random = np.random.default_rng(0)
    pixels = random.normal(100, 20, (rows, cols, bands)).astype(np.float32)
    classes = random.integers(0, n_classes + 1, (rows, cols)).astype(np.int32)
    pixels[classes == 0] = np.nan
    return pixels, classes


def test_sums_are_those_of_numpy():
    pixels, classes = scene()
    sums = class_sums(pixels, classes, 4)
    for label in range(1, 5):
        values = pixels[classes == label].astype(np.float64)
        np.testing.assert_allclose(sums[label, :, 0], values.sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(sums[label, :, 1], (values**2).sum(axis=0), rtol=1e-8)
    assert (sums[1:, :, 2] == np.bincount(classes.ravel(), minlength=5)[1:, None]).all()
    assert not sums[0].any()


def test_small_deviations_from_a_large_mean_are_not_lost():
    pixels = (300 + np.random.default_rng(0).normal(0, 0.02, (3, 4, 1))).astype(np.float32)
    statistics = ClassStatistics()
    statistics.add((0, 3, 0, 4), class_sums(pixels, np.ones((3, 4), np.int32), 1)[None])
    _, deviation = statistics.mean_and_deviation(np.array([1]))
    np.testing.assert_allclose(deviation[0], pixels.astype(np.float64).std(), rtol=1e-3)


def sums_of(tile, pixels, classes):
    """Sum the blocks of a tile, as a worker does."""
    parts = [np.s_[row0:row1, col0:col1] for row0, row1, col0, col1 in blocks_of(tile)]
    return np.stack([class_sums(pixels[part].copy(), classes[part].copy(), 4) for part in parts])


def test_tiles_of_any_cut_may_come_in_any_order():
    pixels, classes = scene(rows=1100, cols=1300, bands=2)
    told = []
    for tile in ((1, 1), (1024, 512), (5000, 5000)):
        tiles = tiles_of(classes.shape, tile)
        for order in (tiles, tiles[::-1]):
            statistics = ClassStatistics()
            for each in order:
                statistics.add(each, sums_of(each, pixels, classes))
            told.append(statistics.mean_and_deviation(np.arange(1, 5)))
    for each in told[1:]:
        np.testing.assert_array_equal(each, told[0])
    mean, deviation = told[0]
    for label in range(1, 5):
        values = pixels[classes == label].astype(np.float64)
        np.testing.assert_allclose(mean[label - 1], values.mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(deviation[label - 1], values.std(axis=0), rtol=1e-4)


def test_classes_are_told_in_the_order_asked_for():
    pixels, classes = scene()
    statistics = ClassStatistics()
    statistics.add((0, 50, 0, 60), sums_of((0, 50, 0, 60), pixels, classes))
    order = np.array([3, 1, 4, 2])
    for found, asked in zip(
        statistics.mean_and_deviation(np.arange(1, 5)), statistics.mean_and_deviation(order), strict=True
    ):
        np.testing.assert_array_equal(asked, found[order - 1])


def test_a_class_without_pixels_has_zeros():
    statistics = ClassStatistics()
    statistics.add((0, 2, 0, 2), class_sums(np.ones((2, 2, 1), np.float32), np.ones((2, 2), np.int32), 2)[None])
    mean, deviation = statistics.mean_and_deviation(np.array([1, 2]))
    assert mean.tolist() == [[1], [0]]
    assert deviation.tolist() == [[0], [0]]
