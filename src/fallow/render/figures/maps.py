"""Pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fallow.render.figures.style import bare, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL = 3.6  # inches a side, at most


def maps_figure(panels: Sequence[tuple[str, np.ndarray]]) -> Figure:
    """Show pictures (rows, cols, 3 or 4) uint8, each under its title, in one row."""
    rows, cols = panels[0][1].shape[:2]
    figure = new_figure(PANEL * min(1.0, rows / cols) + 0.4, width=PANEL * min(1.0, cols / rows) * len(panels))
    for axes, (title, picture) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        axes.imshow(picture, interpolation="nearest" if max(picture.shape) < 400 else "antialiased")
        bare(axes, title)
    return figure
