"""How many classes: fit each candidate on a sample and take the first that stands out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from fallow.cluster.base import Clusterer
from fallow.cluster.chunks import in_threads
from fallow.cluster.rows import check_rows, distinct_rows, draw_rows
from fallow.errors import InputError
from fallow.metrics.internal import stratified_silhouette

CANDIDATES = range(2, 13)
MOST_CANDIDATES = 64
MOST_CLASSES = 10_000

FIT_ROWS = 1_500
FLAT = 0.01
"""Scores that all lie within this much of each other say nothing: another sample would change them as much."""
NEAR_BEST = 0.1
"""A peak counts when it scores no more than this below the best score."""


@dataclass(frozen=True)
class Choice:
    """How many classes were chosen, and on what evidence.

    Attributes
    ----------
    n_classes
        The choice.
    candidates, scores
        The numbers tried and the score of each, -1 to 1, higher is better.
    criterion
        Name of the score.
    reason
        One sentence for people.
    """

    n_classes: int
    candidates: tuple[int, ...]
    scores: tuple[float, ...]
    criterion: str
    reason: str


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
    on_candidate: Callable[[int, int], None] | None = None,
) -> Choice:
    """Choose the number of classes at the silhouette's first peak above two classes that comes near the best score.

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
    on_candidate
        Called as ``on_candidate(done, of how many)`` after each fit.

    Returns
    -------
    Choice

    Raises
    ------
    InputError
        When all rows are equal, or there are fewer distinct rows than the smallest candidate.

    Notes
    -----
    Each candidate is fitted on the same 1,500 rows and judged on 1,000 of them, drawn in equal parts from each class,
    so that small classes are seen, and weighted back by the classes' shares. Two classes score well on almost any
    image, so they do not count as a peak; they are chosen when no peak scores within 0.1 of them. No rule is reliable:
    over eight sets of images with known classes the first peak above two was 1.7 classes off on average,
    Calinski-Harabasz 3.2, BIC 6.2. So look at the scores.

    References
    ----------
    Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7
    """
    rows = check_rows(rows, min(candidates))
    n_distinct = len(distinct_rows(rows, max(candidates)))
    tried = tuple(int(n) for n in candidates if n <= n_distinct)
    random = np.random.default_rng(random_state)
    sample = draw_rows(rows, FIT_ROWS, tried[-1], random)
    labels = []
    for done, n in enumerate(tried, start=1):
        labels.append(make(n).fit(sample).predict(sample))
        if on_candidate:
            on_candidate(done, len(tried))
    with threadpool_limits(1):  # the threads go to the candidates, and BLAS keeps its bits
        judged = list(zip(labels, random.spawn(len(tried)), strict=True))
        scores = in_threads(lambda job: stratified_silhouette(sample, job[0], random=job[1]), judged)
    index, why = _pick(scores)
    reason = f"{tried[index]} classes: {why} ({scores[index]:.2f}, from {tried[0]} to {tried[-1]} tried)"
    return Choice(tried[index], tried, tuple(scores), "silhouette", reason)


def _pick(scores: Sequence[float]) -> tuple[int, str]:
    """Return the index of the score to choose, and why."""
    if len(scores) == 1:
        return 0, "the only number that could be tried, silhouette"
    if max(scores) - min(scores) < FLAT:
        return 0, "all numbers score the same, so the fewest, silhouette"
    rises = np.sign(np.diff(scores))
    for index in range(1, len(scores) - 1):
        falls_next = next((rise < 0 for rise in rises[index:] if rise), False)  # look past equal scores
        if rises[index - 1] > 0 and falls_next and scores[index] >= max(scores) - NEAR_BEST:
            return index, "the first peak of the silhouette"
    return int(np.argmax(scores)), "the best silhouette, with no other peak near it"
