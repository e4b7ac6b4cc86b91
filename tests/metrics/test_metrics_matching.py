from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_twins import judged, slow_accuracy, slow_assignments, slow_mean_iou, two_maps

from fallow.metrics import contingency, match_classes, matched_accuracy, mean_iou


@settings(max_examples=60, deadline=None)
@given(two_maps(n_labels=3), st.sampled_from([None, 0]), st.sampled_from([None, 0]))
def test_no_assignment_is_better(maps, ignore, unlabelled):
    pixels = judged(*maps, ignore)
    if not pixels:
        return
    said = {"ignore": ignore, "unlabelled": unlabelled}
    ways = slow_assignments(pixels, unlabelled)
    best = max(slow_accuracy(pixels, way) for way in ways)
    assert matched_accuracy(*maps, **said) == pytest.approx(best)
    matches = match_classes(*maps, **said)
    assert all(len(row.labels) <= 1 for row in matches)
    used = [label for row in matches for label in row.labels]
    assert len(set(used)) == len(used)
    assert unlabelled not in used
    assert mean_iou(*maps, **said) == pytest.approx(slow_mean_iou(pixels, {row.truth: row.labels for row in matches}))


@settings(deadline=None)
@given(two_maps(), st.sampled_from([None, 0, 3]), st.sampled_from([None, 0]))
def test_many_to_one_gives_each_label_its_commonest_truth(maps, ignore, unlabelled):
    pixels = judged(*maps, ignore)
    if not pixels:
        return
    said = {"ignore": ignore, "unlabelled": unlabelled, "many_to_one": True}
    labels_of = {true: set() for _, true in pixels}
    for label in {label for label, _ in pixels} - {unlabelled}:
        counts = Counter(true for each, true in pixels if each == label)
        labels_of[min(counts, key=lambda true: (-counts[true], true))].add(label)
    right = sum(label in labels_of[true] for label, true in pixels) / len(pixels)
    assert matched_accuracy(*maps, **said) == pytest.approx(right)
    assert mean_iou(*maps, **said) == pytest.approx(slow_mean_iou(pixels, labels_of))


@pytest.mark.parametrize(("n_labels", "n_truths"), [(5, 40), (40, 5), (60, 60)])
def test_the_assignment_equals_scipys(n_labels, n_truths):
    from scipy.optimize import linear_sum_assignment

    random = np.random.default_rng(n_labels)
    table = contingency(random.integers(1, n_labels + 1, 4000), random.integers(0, n_truths, 4000))
    matrix = table.matrix()
    assert match_classes(table).accuracy == matrix[linear_sum_assignment(-matrix)].sum() / 4000


def test_a_class_nobody_found_counts_as_zero():
    matches = match_classes([[1, 1, 1, 1]], [[7, 7, 7, 8]])
    assert [(row.truth, row.labels, row.precision, row.recall, row.iou) for row in matches] == [
        (7, (1,), 0.75, 1.0, 0.75),
        (8, (), 0.0, 0.0, 0.0),
    ]
    assert matches.mean_iou == 0.375


def test_pixels_without_label_are_wrong():
    assert matched_accuracy([[0, 0, 1, 1]], [[7, 7, 8, 8]]) == 0.5
    assert matched_accuracy([[0, 0, 0, 0]], [[7, 7, 8, 8]]) == 0
    assert matched_accuracy([[0, 0, 0, 0]], [[7, 7, 8, 8]], many_to_one=True) == 0
    assert matched_accuracy([[0, 0, 1, 1]], [[7, 7, 8, 8]], unlabelled=None) == 1


def test_ten_thousand_regions_need_no_dense_matrix():
    row, col = np.mgrid[:500, :500]
    labels, truth = row // 5 * 100 + col // 5 + 1, np.roll(row // 5 * 100 + col // 5, 1)
    assert matched_accuracy(labels, truth) == pytest.approx(0.8, abs=0.01)
