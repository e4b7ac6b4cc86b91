"""What the bands say of classes: means, and how far pixels deviate from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fallow.render.figures.style import INK, new_figure, short, tidy, whole_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMED = 8  # bands; of more, numbers are written at the axis
MOST_LETTERS_A_LINE = 34
SMALL = (3.1, 1.5)


def spectra_figure(
    means: np.ndarray, colors: Sequence[str], names: Sequence[str], *, deviations: np.ndarray | None = None
) -> Figure:
    """Draw the mean of each class (classes, bands) in one figure, with a band of one deviation to each side if said."""
    figure = new_figure(3.2)
    axes = figure.subplots()
    for number, (mean, color) in enumerate(zip(means, colors, strict=True)):
        _draw(axes, mean, color, None if deviations is None else deviations[number])
    _name_bands(axes, names)
    tidy(axes)
    return figure


def spectrum_figure(
    mean: np.ndarray, deviation: np.ndarray, color: str, names: Sequence[str], limits: tuple[float, float]
) -> Figure:
    """Draw one class, small, with the same limits of values as its neighbours."""
    figure = new_figure(SMALL[1], width=SMALL[0])
    axes = figure.subplots()
    _draw(axes, mean, color, deviation)
    axes.set_ylim(*limits)
    _name_bands(axes, names)
    tidy(axes)
    axes.locator_params(axis="y", nbins=4)
    axes.xaxis.label.set_visible(False)
    return figure


def value_limits(means: np.ndarray, deviations: np.ndarray) -> tuple[float, float]:
    """Return the least and the largest value that means and their deviations reach, with a little air."""
    low, high = float((means - deviations).min()), float((means + deviations).max())
    air = 0.03 * (high - low) or 1.0
    return low - air, high + air


def _draw(axes: Axes, mean: np.ndarray, color: str, deviation: np.ndarray | None) -> None:
    bands = np.arange(1, len(mean) + 1)
    if deviation is not None:
        axes.fill_between(bands, mean - deviation, mean + deviation, color=color, alpha=0.3, linewidth=0)
    axes.plot(bands, mean, color=INK, alpha=0.35, linewidth=2.6)  # yellow on white is seen, too
    axes.plot(bands, mean, color=color, linewidth=1.6)


def _name_bands(axes: Axes, names: Sequence[str]) -> None:
    axes.margins(x=0.02)
    if len(names) <= MOST_NAMED:
        axes.set_xticks(range(1, len(names) + 1))
        axes.set_xticklabels([short(name) for name in names], rotation=_slant(names), parse_math=False)
    else:
        whole_ticks(axes.xaxis)
        axes.set_xlabel("band")


def _slant(names: Sequence[str]) -> int:
    """Return the degrees by which names are turned so that they do not run into each other."""
    return 0 if sum(len(short(name)) + 1 for name in names) <= MOST_LETTERS_A_LINE else 40
