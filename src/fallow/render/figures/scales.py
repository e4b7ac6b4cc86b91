"""Which scales of the regions stand out: their score, and what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fallow.render.figures.style import ACCENT, INK, MUTED, TEXT, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHTS = (2.2, 1.5)  # inches
ABOVE, BELOW = 8, -16  # points from a mark to its name, in turns, for scales may stand close


def scales_figure(
    n_regions: np.ndarray,
    score: np.ndarray,
    variance: np.ndarray,
    autocorrelation: np.ndarray,
    named: Sequence[tuple[str, int, float]],
) -> Figure:
    """Draw the score of each number of regions (s,), and below it variance within and autocorrelation between.

    Parameters
    ----------
    named
        Name, number of regions and score of those that stand out.
    """
    figure = new_figure(sum(HEIGHTS))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=HEIGHTS)
    above.plot(n_regions, score, color=ACCENT, linewidth=2)
    for number, (name, n, value) in enumerate(named):
        offset = BELOW if number % 2 else ABOVE
        above.plot([n], [value], color=ACCENT, marker="o", markersize=7)
        text = {"ha": "center", "color": INK, "fontsize": TEXT - 1}
        above.annotate(name, (n, value), (0, offset), textcoords="offset points", **text)
        below.axvline(n, color=ACCENT, linewidth=1, linestyle=(0, (3, 3)))
    above.set_title("score", loc="left", color=INK, fontsize=TEXT)
    above.margins(y=0.18)
    below.plot(n_regions, variance, color=INK, linewidth=1.2, label="variance within")
    below.plot(n_regions, autocorrelation, color=MUTED, linewidth=1.2, linestyle="--", label="autocorrelation between")
    below.set_title("lower is better", loc="left", color=INK, fontsize=TEXT)
    below.legend(frameon=False, fontsize=TEXT - 2, labelcolor=INK)
    below.set_xscale("log")
    below.set_xlabel("regions")
    for axes in (above, below):
        tidy(axes)
        axes.minorticks_off()
    below.xaxis.set_major_formatter("{x:,.0f}")
    return figure
