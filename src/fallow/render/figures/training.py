"""How a network learned: the loss of what it learned from, and of what was held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fallow.render.figures.style import ACCENT, MUTED, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def training_figure(curve: np.ndarray, objective: str) -> Figure:
    """Draw (steps, 3): step, loss, loss of what was held back."""
    figure = new_figure(3.0)
    draw_curve(figure.subplots(), curve, objective)
    return figure


def draw_curve(axes: Axes, curve: np.ndarray, objective: str) -> None:
    """Draw it into an Axes."""
    steps, losses, held = curve.T
    axes.plot(steps, losses, color=MUTED, label="learned from")
    axes.plot(steps, held, color=ACCENT, marker="o", markersize=3, label="held back")
    axes.set_xlabel("step")
    axes.set_ylabel(f"loss, {objective}", parse_math=False)
    axes.legend(frameon=False, labelcolor="linecolor")
    tidy(axes)
