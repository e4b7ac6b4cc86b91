import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_twins import slow_best_ious, two_maps

from fallow.metrics import covering, mean_best_iou


@settings(deadline=None)
@given(two_maps(), st.sampled_from([None, 0, 3]), st.sampled_from([None, 0]))
def test_covering_equals_the_slow_one(maps, ignore, unlabelled):
    labels, truth = maps
    if (truth == ignore).all():
        return
    best = slow_best_ious(labels, truth, ignore, unlabelled).values()
    said = {"ignore": ignore, "unlabelled": unlabelled}
    assert covering(labels, truth, **said) == pytest.approx(sum(iou * n for iou, n in best) / sum(n for _, n in best))
    assert mean_best_iou(labels, truth, **said) == pytest.approx(sum(iou for iou, _ in best) / len(best))


def test_who_runs_out_of_a_field_covers_it_less():
    truth = np.array([[5, 5, 0, 0]])
    assert covering([[1, 1, 2, 2]], truth, ignore=0) == 1
    assert covering([[1, 1, 1, 1]], truth, ignore=0) == 0.5


def test_without_a_label_nothing_is_covered():
    assert covering([[0, 0]], [[5, 5]]) == 0
    assert covering([[0, 0]], [[5, 5]], unlabelled=None) == 1
