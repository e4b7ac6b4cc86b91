"""How many classes: those that come again when the clusterer learns from other rows, and lie apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from fallow.cluster.base import Clusterer
from fallow.cluster.chunks import in_threads
from fallow.cluster.rows import check_rows, distinct_rows, draw_rows
from fallow.cluster.stability import Agreement, Stability, resample
from fallow.errors import InputError
from fallow.metrics.internal import calinski_harabasz, davies_bouldin, stratified_silhouette

CANDIDATES = range(2, 13)
MOST_CANDIDATES = 64
MOST_CLASSES = 10_000

FIT_ROWS = 1_500
N_SPLITS = 5
FOUND_AGAIN = 0.7
"""Prediction strength from which a number of classes counts as found again; see docs/decisions/0010."""
FINER = 0.3
"""What ln(classes) weighs in the evidence: strength and silhouette fall with the number even where classes are real."""


@dataclass(frozen=True)
class Choice:
    """How many classes were chosen, and on what evidence.

    Attributes
    ----------
    n_classes
        The choice.
    candidates, scores
        The numbers tried and the score of each, higher is better.
    criterion
        Name of the score.
    reason
        One sentence for people.
    curves
        What each criterion says of each candidate: ``strength``, ``stability`` and its ``stability_deviation``,
        ``silhouette``, ``calinski_harabasz``; ``davies_bouldin`` and, of a mixture, ``bic``, of which less is better.
    """

    n_classes: int
    candidates: tuple[int, ...]
    scores: tuple[float, ...]
    criterion: str
    reason: str
    curves: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def to_recipe(self) -> dict[str, Any]:
        """Return the evidence as TOML can hold it."""
        return {
            "candidates": list(self.candidates),
            "scores": [round(score, 6) for score in self.scores],
            "criterion": self.criterion,
            "curves": {name: [round(value, 6) for value in values] for name, values in self.curves.items()},
        }


def parse_candidates(classes: int | str) -> range:
    """Read how many classes are wanted: a number, "auto" (2 to 12), or a range such as "4-20".

    Raises
    ------
    InputError
        For anything else.

    >>> parse_candidates("4-6"), parse_candidates(5)
    (range(4, 7), range(5, 6))
    """
    if classes == "auto":
        return CANDIDATES
    low, dash, high = str(classes).partition("-")
    try:
        candidates = range(int(low), int(high if dash else low) + 1)
    except ValueError:
        candidates = range(0)
    if not candidates or candidates[0] < 2:
        raise InputError(f'classes must be a number of at least 2, a range such as "4-20", or "auto", got {classes}')
    if candidates[-1] > MOST_CLASSES:
        raise InputError(f"classes may be up to {MOST_CLASSES}, got {classes}")
    if candidates[-1] - candidates[0] >= MOST_CANDIDATES:
        raise InputError(
            f"classes may be a range of at most {MOST_CANDIDATES} numbers, for each is tried; got {classes}"
        )
    return candidates


def choose_n_classes(
    rows: np.ndarray,
    make: Callable[[int], Clusterer],
    candidates: Sequence[int] = CANDIDATES,
    *,
    random_state: int = 0,
    on_split: Callable[[int, int], None] | None = None,
) -> Choice:
    """Choose the number of classes that come again when the clusterer learns from other rows, and lie well apart.

    Parameters
    ----------
    rows
        Finite float32 rows ``(n, features)``; at most 1,500 are used.
    make
        Makes an unfitted clusterer for a number of classes.
    candidates
        Numbers to try, rising, from 2 on. Those above the number of distinct rows are left out.
    random_state
        Seed of the samples.
    on_split
        Called as ``on_split(done, of how many)`` while it works, from any thread.

    Returns
    -------
    Choice

    Raises
    ------
    InputError
        When all rows are equal, or there are fewer distinct rows than the smallest candidate.

    Notes
    -----
    On the sample, and on either half of five random splits of it, a ladder of all numbers is fitted
    (`Clusterer.fit_ladder`). The halves judge each other's classes by their prediction strength, in which a small class
    counts as much as a large one. Of the numbers whose mean strength is 0.7 or more, the one with most evidence wins:
    strength + silhouette + 0.3 ln(classes). If no number is that strong, the strongest wins. Other criteria are told
    and do not decide. docs/methods/choosing-classes.md says how far off the rule is, and what else was tried.

    Time: about eleven fits on 1,500 rows. Memory: some MB.

    References
    ----------
    Tibshirani, Walther 2005, doi:10.1198/106186005X59243 (prediction strength). Rousseeuw 1987,
    doi:10.1016/0377-0427(87)90125-7 (silhouette).
    """
    rows = check_rows(rows, min(candidates))
    n_distinct = len(distinct_rows(rows, max(candidates)))
    numbers = tuple(int(n) for n in candidates if n <= n_distinct)
    random = np.random.default_rng(random_state)
    sample = draw_rows(rows, FIT_ROWS, numbers[-1], random)

    def fit(half: np.ndarray) -> list[Clusterer]:
        return make(numbers[0]).fit_ladder(half, numbers)

    curves = _agreement(resample(sample, fit, numbers[-1], N_SPLITS, random_state, on_split))
    curves |= _separation(sample, fit(sample)[: len(curves["strength"])], random)
    tried = numbers[: len(curves["silhouette"])]
    curves = {name: values[: len(tried)] for name, values in curves.items()}
    scores = tuple(float(score) for score in _evidence(tried, curves))
    index, why = _pick(scores, curves["strength"])
    told = f"strength {curves['strength'][index]:.2f}, silhouette {curves['silhouette'][index]:.2f}"
    reason = f"{tried[index]} classes: {why} ({told}; {tried[0]} to {tried[-1]} tried)"
    return Choice(tried[index], tried, scores, "evidence", reason, curves)


def _evidence(tried: Sequence[int], curves: dict[str, tuple[float, ...]]) -> np.ndarray:
    """Return what is maximised among the numbers that are found again."""
    return np.array(curves["strength"]) + np.array(curves["silhouette"]) + FINER * np.log(tried)


def _agreement(splits: list[list[Agreement]]) -> dict[str, tuple[float, ...]]:
    """Return what the halves of the sample say of each other, for the numbers that all of them found."""
    numbers = list(zip(*splits, strict=False))
    stable = [Stability.of([each.rand for each in found]) for found in numbers]
    return {
        "strength": tuple(float(np.mean([each.strength for each in found])) for found in numbers),
        "stability": tuple(each.mean for each in stable),
        "stability_deviation": tuple(each.deviation for each in stable),
    }


def _separation(
    rows: np.ndarray, ladder: Sequence[Clusterer], random: np.random.Generator
) -> dict[str, tuple[float, ...]]:
    """Return how well the classes of each number are apart in the features."""

    def judge(job: tuple[Clusterer, np.random.Generator]) -> dict[str, float]:
        clusterer, own_random = job
        labels = clusterer.predict(rows)
        return {
            "silhouette": stratified_silhouette(rows, labels, random=own_random),
            "calinski_harabasz": calinski_harabasz(rows, labels),
            "davies_bouldin": davies_bouldin(rows, labels),
        } | clusterer.criteria(rows)

    with threadpool_limits(1):  # the threads go to the candidates, and BLAS keeps its bits
        found = in_threads(judge, zip(ladder, random.spawn(len(ladder)), strict=True))
    return {name: tuple(each[name] for each in found) for name in found[0]}


def _pick(scores: Sequence[float], strengths: Sequence[float]) -> tuple[int, str]:
    """Return the index of the number to choose, and why."""
    if len(scores) == 1:
        return 0, "the only number that could be tried"
    is_found = np.array(strengths) >= FOUND_AGAIN
    if not is_found.any():
        return int(np.argmax(strengths)), "no number comes again surely from other rows, this one best"
    return int(
        np.argmax(np.where(is_found, scores, -np.inf))
    ), "most evidence of the numbers that come again from other rows"
