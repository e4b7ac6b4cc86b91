import numpy as np

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
        np.testing.assert_allclose(sums[0, label], values.sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(sums[1, label], (values**2).sum(axis=0), rtol=1e-8)
    assert not sums[:, 0].any()


def test_small_deviations_from_a_large_mean_are_not_lost():
    pixels = (300 + np.random.default_rng(0).normal(0, 0.02, (3, 4, 1))).astype(np.float32)
    statistics = ClassStatistics()
    statistics.add((0, 3, 0, 4), class_sums(pixels, np.ones((3, 4), np.int32), 1))
    _, deviation = statistics.mean_and_deviation(np.array([12]))
    np.testing.assert_allclose(deviation[0], pixels.astype(np.float64).std(), rtol=1e-3)


def test_blocks_may_come_in_any_order():
    pixels, classes = scene()
    blocks = [(row, row + 10, col, col + 20) for row in range(0, 50, 10) for col in range(0, 60, 20)]
    areas = np.bincount(classes.ravel(), minlength=5)[1:]
    told = []
    for order in (blocks, blocks[::-1]):
        statistics = ClassStatistics()
        for row0, row1, col0, col1 in order:
            part = np.s_[row0:row1, col0:col1]
            statistics.add((row0, row1, col0, col1), class_sums(pixels[part].copy(), classes[part].copy(), 4))
        told.append(statistics.mean_and_deviation(areas))
    np.testing.assert_array_equal(told[0], told[1])
    mean, deviation = told[0]
    for label in range(1, 5):
        np.testing.assert_allclose(mean[label - 1], pixels[classes == label].mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(deviation[label - 1], pixels[classes == label].std(axis=0), rtol=1e-4)


def test_a_class_without_pixels_has_zeros():
    statistics = ClassStatistics()
    statistics.add((0, 2, 0, 2), class_sums(np.ones((2, 2, 1), np.float32), np.ones((2, 2), np.int32), 2))
    mean, deviation = statistics.mean_and_deviation(np.array([4, 0]))
    assert mean.tolist() == [[1], [0]]
    assert deviation.tolist() == [[0], [0]]
