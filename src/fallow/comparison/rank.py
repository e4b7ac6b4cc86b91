"""Rank what was measured, and say which differences are noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fallow.comparison.judge import Figures

SEPARATION_WEIGHT = 2.0
"""Separation spreads less than stability. Weights from 1 to 8 were measured to do as well: docs/compare.md."""


@dataclass(frozen=True)
class Ranking:
    """An order, best first.

    Attributes
    ----------
    order : (n,) int
        Index of each.
    score : (n,) float64, in that order
    is_tied : (n,) bool, in that order
        Whether it cannot be told from the first; the first itself is tied if any other is.
    verdict : str
        What that means, in a sentence or two.
    """

    order: np.ndarray
    score: np.ndarray
    is_tied: np.ndarray
    verdict: str


def rank(figures: Sequence[Figures]) -> Ranking:
    """Rank by stability and twice the separation; ties are what lies behind the first by less than noise.

    Noise is what other samples make of the two scores compared: the root of their summed squared deviations. It is the
    deviation of one sample, not the smaller standard error of the mean, for samples of one image are not independent.

    Examples
    --------
    >>> figures = [Figures(stable, 0.02, apart, 0.01, 0, 0) for stable, apart in ((0.7, 0.1), (0.9, 0.2), (0.92, 0.18))]
    >>> ranking = rank(figures)
    >>> ranking.order.tolist(), ranking.is_tied.tolist()
    ([1, 2, 0], [True, True, False])
    """
    score = np.array([each.stability + SEPARATION_WEIGHT * each.separation for each in figures])
    noise = np.array([np.hypot(each.stability_noise, SEPARATION_WEIGHT * each.separation_noise) for each in figures])
    order = np.argsort(-score, kind="stable")
    score, noise = score[order], noise[order]
    between = np.hypot(noise, noise[0])
    is_tied = score[0] - score <= between
    is_tied[0] = is_tied[1:].any()
    return Ranking(order, score, is_tied, _verdict(score, between, is_tied))


def _verdict(score: np.ndarray, between: np.ndarray, is_tied: np.ndarray) -> str:
    """Say whether the first stands out."""
    if len(score) == 1:
        return "There is nothing to compare it with."
    if not is_tied[0]:
        return (
            f"The first stands out: it is {score[0] - score[1]:.3f} ahead of the next, "
            f"and other samples would move that by {between[1]:.3f}."
        )
    n = int(is_tied.sum())
    many = "The first two" if n == 2 and is_tied[1] else f"The first and {n - 1} other" + "s" * (n > 2)
    return (
        f"{many} cannot be told apart: they differ by less than other samples would move them. "
        "Look at their maps, and let the purpose decide."
    )
