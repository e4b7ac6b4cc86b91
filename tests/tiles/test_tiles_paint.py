"""Painting, with a classifier that is told the answer."""

import numpy as np
import pytest

from fallow.errors import InputError
from fallow.labels import components, sieve
from fallow.raster import open_source
from fallow.tiles import Work
from fallow.tiles.canvas import Canvas
from fallow.tiles.paint import Classified, paint

ROWS, COLS, N_CLASSES = 600, 1100, 3
RIPPLE = np.random.default_rng(1).uniform(-0.4, 0.4, (ROWS, COLS)).astype(np.float32)  # inside a class


@pytest.fixture(scope="module")
def truth():
    """Blobs of three classes with holes of no data."""
    random = np.random.default_rng(0)
    classes = random.integers(0, N_CLASSES + 1, (60, 110)).repeat(10, 0).repeat(10, 1).astype(np.int32)
    speckles = random.random((ROWS, COLS)) < 0.02
    return np.where(speckles & (classes > 0), random.integers(1, N_CLASSES + 1, (ROWS, COLS)), classes).astype(np.int32)


def values_of(truth):
    """Give pixels that tell their class when they are rounded."""
    return np.where(truth > 0, truth + RIPPLE[: truth.shape[0], : truth.shape[1]], np.nan).astype(np.float32)


def painted(truth, *, min_area=0, by_area=False, halo=0, work=Work(), confidence=0.5):  # noqa: B008
    pixels = values_of(truth)[..., None]

    def classify(image, block):
        core = image[halo:-halo, halo:-halo] if halo else image
        assert core.shape[:2] == (block[1] - block[0], block[3] - block[2])
        labels = np.rint(np.nan_to_num(core[..., 0])).astype(np.int32)
        shares = {"confidence": np.full(labels.shape, confidence, np.float32)}
        return Classified(labels, shares, int((labels == 1).sum()), np.array([labels.sum(), np.count_nonzero(labels)]))

    canvas = Canvas(truth.shape, None)
    options = {
        "n_classes": N_CLASSES,
        "shares": ("confidence",),
        "halo": halo,
        "min_area": min_area,
        "by_area": by_area,
        "rgb": (0, 0, 0),
    }
    painting = paint(open_source(pixels), classify, canvas, **options, work=work)
    return painting, {name: layer.read() for name, layer in canvas.layers.items()}


@pytest.mark.parametrize("halo", [0, 5])
@pytest.mark.parametrize("work", [Work(tile=(1, 1), workers=3), Work(tile=(5000, 5000), workers=1)])
def test_what_is_classified_is_painted(truth, halo, work):
    painting, layers = painted(truth, halo=halo, work=work)
    np.testing.assert_array_equal(layers["classes"], truth)
    regions, n_regions = components(truth)
    np.testing.assert_array_equal(layers["regions"], regions)
    assert painting.n_regions == n_regions
    assert painting.n_valid == np.count_nonzero(truth)
    assert painting.n_far == np.count_nonzero(truth == 1)
    np.testing.assert_allclose(painting.feature_mean, truth[truth > 0].mean())
    assert layers["classes"].dtype == np.uint8
    assert layers["regions"].dtype == np.uint16
    np.testing.assert_array_equal(painting.area, np.bincount(truth.ravel())[1:])


def test_small_regions_are_sieved_as_in_one_piece(truth):
    _, layers = painted(truth, min_area=40, work=Work(tile=(1, 1), workers=2))
    np.testing.assert_array_equal(layers["classes"], sieve(truth, 40))


def test_classes_are_numbered_by_their_final_area_or_left_alone(truth):
    painting, layers = painted(truth, by_area=True)
    counts = np.bincount(truth.ravel())[1:]
    order = np.argsort(-counts, kind="stable") + 1
    np.testing.assert_array_equal(painting.order, order)
    for new, old in enumerate(order, start=1):
        np.testing.assert_array_equal(layers["classes"] == new, truth == old)
    np.testing.assert_array_equal(painted(truth)[0].order, [1, 2, 3])


@pytest.mark.parametrize(("confidence", "percent"), [(0.0, 1), (0.004, 1), (0.5, 50), (0.996, 100), (1.0, 100)])
def test_confidence_is_1_to_100_where_there_is_data(truth, confidence, percent):
    _, layers = painted(truth[:40, :40], confidence=confidence)
    np.testing.assert_array_equal(layers["confidence"], np.where(truth[:40, :40] > 0, percent, 0))


def test_statistics_are_of_the_pixels_as_classified_before_small_regions_joined(truth):
    painting, layers = painted(truth, min_area=40)
    assert (layers["classes"] != truth).any()
    for label in range(1, N_CLASSES + 1):
        values = values_of(truth)[truth == label].astype(float)
        np.testing.assert_allclose(painting.mean[label - 1], values.mean())
        np.testing.assert_allclose(painting.deviation[label - 1], values.std())


def test_statistics_follow_the_numbers_of_the_classes(truth):
    painting, _ = painted(truth, by_area=True, work=Work(tile=(1, 1), workers=2))
    np.testing.assert_array_equal(np.rint(painting.mean[:, 0]), painting.order)


def test_an_error_of_the_classifier_comes_through(truth):
    def fail(image, block):
        raise InputError("no such class")

    with pytest.raises(InputError, match="no such class"):
        paint(open_source(truth), fail, Canvas(truth.shape, None), n_classes=3, halo=0, min_area=0, by_area=False,
              shares=("confidence",), rgb=(0, 0, 0), work=Work(workers=2))  # fmt: skip
