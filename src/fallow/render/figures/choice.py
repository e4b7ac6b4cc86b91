"""How many classes: a curve for each criterion, the one that decided above the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fallow.render.figures.style import ACCENT, INK, MUTED, TEXT, new_figure, tidy, whole_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST, OTHER = 2.4, 1.3  # inches
DEVIATION = "_deviation"  # ends the name of a curve that tells how far another one varies
NAMES = {"calinski_harabasz": "Calinski-Harabasz", "davies_bouldin": "Davies-Bouldin", "bic": "BIC"}
LESS_IS_BETTER = ("davies_bouldin", "bic")


def choice_figure(
    candidates: Sequence[int], curves: Mapping[str, Sequence[float]], criterion: str, n_classes: int
) -> Figure:
    """Draw each criterion over the numbers of classes tried, with its deviation where there is one.

    Parameters
    ----------
    curves
        Criterion -> a value for each candidate.
    criterion
        The one that decided.
    """
    order = sorted((name for name in curves if not name.endswith(DEVIATION)), key=lambda name: name != criterion)
    heights = [FIRST, *[OTHER] * (len(order) - 1)]
    figure = new_figure(sum(heights))
    all_axes = figure.subplots(len(order), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for name, axes in zip(order, all_axes, strict=True):
        is_first = name == criterion
        color, width = (ACCENT, 2.0) if is_first else (MUTED, 1.2)
        values = np.array(curves[name])
        if name + DEVIATION in curves:
            by = np.array(curves[name + DEVIATION])
            axes.fill_between(candidates, values - by, values + by, color=color, alpha=0.25, linewidth=0)
        axes.axvline(n_classes, color=ACCENT, linewidth=1, linestyle=(0, (3, 3)))
        axes.plot(candidates, values, color=color, linewidth=width, marker="o", markersize=5 if is_first else 3)
        title = f"{criterion_name(name)}, which decided" if is_first and len(order) > 1 else criterion_name(name)
        axes.set_title(title, loc="left", color=INK, fontsize=TEXT, parse_math=False)
        tidy(axes)
        axes.locator_params(axis="y", nbins=5 if is_first else 3)
    whole_ticks(all_axes[-1].xaxis)
    all_axes[-1].set_xlabel("classes")
    return figure


def criterion_name(name: str) -> str:
    """Return what people call a criterion, and whether less of it is better.

    >>> criterion_name("davies_bouldin"), criterion_name("stability_deviation")
    ('Davies-Bouldin, less is better', 'stability deviation')
    """
    return NAMES.get(name, name.replace("_", " ")) + (", less is better" if name in LESS_IS_BETTER else "")
