import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_twins import two_maps

import fallow
from fallow.errors import InputError
from fallow.metrics import PairCounts, contingency

MAPS = np.array([[1, 1, 2, 0]]), np.array([[5, 6, 6, 6]])
MEASURES = (
    "covering", "mean_best_iou", "rand_index", "adjusted_rand_index", "normalized_mutual_information",
    "variation_of_information", "matched_accuracy", "mean_iou",
)  # fmt: skip


@settings(deadline=None)
@given(two_maps(), st.sampled_from([None, 0, 2]))
def test_a_table_counts_every_pair(maps, ignore):
    labels, truth = maps
    if (truth == ignore).all():
        return
    table = contingency(labels, truth, ignore=ignore)
    for row, true in enumerate(table.truths):
        for col, label in enumerate(table.labels):
            assert table.matrix()[row, col] == ((labels == label) & (truth == true)).sum()
    assert table.truths.tolist() == sorted(set(truth.flat) - {ignore})
    assert table.n_pixels == (truth != ignore).sum()
    assert table.n_unlabelled == ((truth != ignore) & (labels == 0)).sum()
    assert table.whole_area.tolist() == [(labels == label).sum() for label in table.labels]


@settings(deadline=None)
@given(two_maps(max_side=8), st.integers(1, 8))
def test_blocks_equal_the_whole(maps, rows):
    labels, truth = maps
    pairs = PairCounts()
    for row in range(0, len(labels), rows):
        pairs.add(labels[row : row + rows], truth[row : row + rows])
    whole, parts = contingency(labels, truth), pairs.table()
    for name in vars(whole):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_many_blocks_are_joined_on_the_way():
    pairs = PairCounts()
    for first in range(0, 400_000, 40_000):
        block = np.arange(first, first + 40_000)
        pairs.add(block, block // 4)
        pairs.add(block[::-1], block[::-1] // 4)
    table = pairs.table(unlabelled=None)
    assert (len(table.count), set(table.count.tolist())) == (400_000, {2})


def test_values_may_be_as_large_as_32_bits_allow():
    low, high = -(1 << 31), (1 << 31) - 1
    table = contingency(np.array([high, low, high]), np.array([low, high, low]), unlabelled=None)
    assert (table.labels.tolist(), table.truths.tolist()) == ([low, high], [low, high])
    assert table.matrix().tolist() == [[0, 2], [1, 0]]


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_takes_a_table_in_place_of_the_maps(name):
    measure = getattr(fallow.metrics, name)
    assert measure(contingency(*MAPS)) == measure(*MAPS)
    with pytest.raises(InputError, match="truth must not be said beside a Contingency"):
        measure(contingency(*MAPS), MAPS[1])
    with pytest.raises(InputError, match="truth must be said"):
        measure(MAPS[0])


@pytest.mark.parametrize("name", MEASURES)
def test_leaving_pixels_out_earns_no_more_than_a_label_of_their_own(name):
    random = np.random.default_rng(0)
    truth = random.integers(1, 4, (40, 40))
    labels = np.where(random.random((40, 40)) < 0.1, random.integers(1, 4, (40, 40)), truth)
    is_hard = labels != truth  # somebody who knew which pixels are wrong
    measure = getattr(fallow.metrics, name)
    left_out, one_more = measure(np.where(is_hard, 0, labels), truth), measure(np.where(is_hard, 4, labels), truth)
    assert left_out == pytest.approx(one_more)
    if name == "matched_accuracy":
        assert left_out == pytest.approx(measure(labels, truth))


@pytest.mark.parametrize("name", MEASURES)
def test_names_of_labels_do_not_matter(name):
    random = np.random.default_rng(1)
    labels, truth = random.integers(1, 6, (30, 30)), random.integers(0, 4, (30, 30))
    measure = getattr(fallow.metrics, name)
    table, other = np.array([0, 50, 7, 9, 3, 12]), np.array([4, -8, 100, 6])
    assert measure(labels, truth) == pytest.approx(measure(table[labels], other[truth]), abs=1e-12)


@pytest.mark.parametrize(
    ("labels", "truth", "said", "message"),
    [
        ([[1.0]], [[1]], {}, "labels must be whole numbers, got float64"),
        ([[1]], [["a"]], {}, "truth must be whole numbers, got <U1"),
        ([[1, 2]], [[1], [2]], {}, r"truth must have the shape of labels, \(1, 2\), got \(2, 1\)"),
        ([[1 << 40]], [[1]], {}, "labels must fit 32 bits, .* got 1099511627776..1099511627776"),
        ([], [], {}, "labels must be whole numbers, got float64"),
        (np.zeros((0, 3), int), np.zeros((0, 3), int), {}, r"at least one pixel, got an array of shape \(0, 3\)"),
        ([[1, 2]], [[3, 4]], {"ignore": [3, 4]}, "no pixel is left to judge: the truth holds nothing but ignored"),
    ],
)
def test_what_is_no_pair_of_maps_is_refused(labels, truth, said, message):
    with pytest.raises(InputError, match=message):
        contingency(labels, truth, **said)


def test_the_measures_are_loaded_when_first_used():
    assert "covering" in dir(fallow.metrics)
    with pytest.raises(AttributeError, match=r"module 'fallow\.metrics' has no attribute 'coverin'"):
        fallow.metrics.coverin  # noqa: B018
