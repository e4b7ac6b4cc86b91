"""Rank stub."""

from __future__ import annotations
from collections.abc import Sequence
from dataclasses import dataclass
import numpy as np
from fallow.comparison.judge import Figures


@dataclass(frozen=True)
class Ranking:
    order: list[tuple[int, float, bool]]
    verdict: str


def rank(figures: Sequence[Figures]) -> Ranking:
    score = np.array([f.stability * max(f.separation, 0) for f in figures])
    order = np.argsort(-score, kind="stable")
    best = figures[order[0]]
    return Ranking(
        [(int(i), float(score[i]), score[i] > score[order[0]] - 0.02) for i in order],
        "A verdict will stand here, which says whether the first can be told from the others, and by what that was found.",
    )
