import numpy as np
import pytest

from fallow.comparison.judge import Figures
from fallow.comparison.rank import rank


def figures(stability, separation, noise=0.01):
    return Figures(stability, noise, separation, noise, silhouette=0, coherence=0)


def test_stable_and_separate_comes_first():
    ranking = rank([figures(0.5, 0.1), figures(0.9, 0.3), figures(0.9, 0.1)])
    assert ranking.order.tolist() == [1, 2, 0]
    assert (np.diff(ranking.score) <= 0).all()


def test_a_clear_winner_is_said_to_stand_out():
    ranking = rank([figures(0.5, 0.1), figures(0.9, 0.3)])
    assert not ranking.is_tied.any()
    assert ranking.verdict.startswith("The first stands out: it is 0.800 ahead of the next")


@pytest.mark.parametrize(
    ("noise", "n_tied", "said"),
    [
        (0.004, 2, "The first two cannot be told apart"),
        (0.1, 3, "The first and 2 others cannot be told apart"),
        (5.0, 4, "The first and 3 others cannot be told apart"),
    ],
)
def test_differences_below_the_noise_are_ties(noise, n_tied, said):
    ranking = rank([figures(stability, 0.2, noise) for stability in (0.9, 0.89, 0.8, 0.1)])
    assert ranking.is_tied.sum() == n_tied
    assert ranking.is_tied[0]
    assert ranking.verdict.startswith(said)


def test_a_noisy_one_farther_down_may_be_tied():
    ranking = rank([figures(0.9, 0.2), figures(0.8, 0.2), figures(0.7, 0.2, noise=0.3)])
    assert ranking.is_tied.tolist() == [True, False, True]
    assert ranking.verdict.startswith("The first and 1 other cannot be told apart")


def test_more_to_compare_changes_no_order():
    some = [figures(0.9, 0.1), figures(0.7, 0.25), figures(0.4, 0.35)]
    more = [*some, figures(0.95, -0.4), figures(0.2, 0.5)]
    among_more = [index for index in rank(more).order if index < 3]
    assert among_more == rank(some).order.tolist()


def test_one_alone_is_neither_tied_nor_ahead():
    ranking = rank([figures(0.9, 0.2)])
    assert (ranking.is_tied.tolist(), ranking.verdict) == ([False], "There is nothing to compare it with.")
