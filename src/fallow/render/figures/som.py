"""A self-organizing map to look at: ridges, classes and hits, and one plane a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fallow.render.figures.style import INK, MUTED, SEQUENTIAL, TEXT, WIDTH, bare, new_figure, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

MOST_PLANES = 24
PLANES_A_ROW = 4
ROW_HEIGHT = float(np.sqrt(0.75))  # of a hexagonal map, where units stand one apart
DOT = "#1a1a1a"  # on all colours of classes but the darkest
POINTS = 65  # an inch, less the air around the map


def bricks(values: np.ndarray, *, is_hexagonal: bool) -> np.ndarray:
    """Lay the units of a map out as cells: squares, or bricks of which each touches six, as hexagons do.

    >>> bricks(np.array([[1, 2], [3, 4]]), is_hexagonal=True).tolist()
    [[1.0, 1.0, 2.0, 2.0, nan], [nan, 3.0, 3.0, 4.0, 4.0]]
    """
    if not is_hexagonal:
        return values.astype(np.float64)
    cells = np.full((values.shape[0], 2 * values.shape[1] + 1), np.nan)
    for row, units in enumerate(values):
        cells[row, row % 2 : row % 2 + 2 * len(units)] = units.repeat(2)
    return cells


def som_figure(
    u_matrix: np.ndarray, hits: np.ndarray, unit_class: np.ndarray, colors: Sequence[str], *, is_hexagonal: bool
) -> Figure:
    """Draw both below side by side."""
    figure = new_figure(_height(hits.shape, is_hexagonal), width=2 * WIDTH)
    left, right = figure.subplots(1, 2)
    draw_u_matrix(left, u_matrix, unit_class, is_hexagonal=is_hexagonal)
    draw_units(right, hits, unit_class, colors, is_hexagonal=is_hexagonal)
    return figure


def u_matrix_figure(u_matrix: np.ndarray, unit_class: np.ndarray, *, is_hexagonal: bool) -> Figure:
    """Draw the U-matrix alone."""
    figure = new_figure(_height(u_matrix.shape, is_hexagonal))
    draw_u_matrix(figure.subplots(), u_matrix, unit_class, is_hexagonal=is_hexagonal)
    return figure


def units_figure(hits: np.ndarray, unit_class: np.ndarray, colors: Sequence[str], *, is_hexagonal: bool) -> Figure:
    """Draw classes and hits alone."""
    figure = new_figure(_height(hits.shape, is_hexagonal))
    draw_units(figure.subplots(), hits, unit_class, colors, is_hexagonal=is_hexagonal)
    return figure


def draw_u_matrix(axes: Axes, u_matrix: np.ndarray, unit_class: np.ndarray, *, is_hexagonal: bool) -> None:
    """Draw each unit's distance to its neighbours, and where classes end."""
    shown = _show(axes, bricks(u_matrix, is_hexagonal=is_hexagonal), is_hexagonal)
    bar = axes.figure.colorbar(shown, ax=axes, shrink=0.8)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=TEXT - 1)
    _draw_borders(axes, bricks(unit_class, is_hexagonal=is_hexagonal))
    axes.set_anchor("W")
    bare(axes)


def draw_units(
    axes: Axes, hits: np.ndarray, unit_class: np.ndarray, colors: Sequence[str], *, is_hexagonal: bool
) -> None:
    """Draw the class of each unit, and its hits as the area of a dot."""
    cells = bricks(unit_class, is_hexagonal=is_hexagonal)
    is_unit = ~np.isnan(cells)
    rgb = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in colors], np.uint8)
    picture = np.zeros((*cells.shape, 4), np.uint8)
    picture[is_unit, :3] = rgb[cells[is_unit].astype(int) - 1]
    picture[is_unit, 3] = 255
    _show(axes, picture, is_hexagonal)
    row, col = np.divmod(np.arange(hits.size), hits.shape[1])
    x, height = col + (0.5 * (row % 2) if is_hexagonal else 0.0), _unit_height(is_hexagonal)
    inches = min(WIDTH / hits.shape[1], _height(hits.shape, is_hexagonal) / (hits.shape[0] * height))
    area = 0.5 * (POINTS * inches) ** 2 * hits.ravel() / max(1, hits.max())
    axes.scatter(x, row * height, s=area, color=DOT, linewidths=0)
    _draw_borders(axes, cells)
    axes.set_anchor("W")
    bare(axes)


def planes_figure(planes: np.ndarray, names: Sequence[str], *, is_hexagonal: bool) -> Figure:
    """Draw the value of a feature on all units, a plane each, those that vary most first, at most 24."""
    order = np.argsort(-planes.reshape(-1, planes.shape[2]).std(axis=0), kind="stable")[:MOST_PLANES]
    n_cols = min(PLANES_A_ROW, max(2, len(order)))
    n_rows = -(-len(order) // n_cols)
    across, down = planes.shape[1] * 1.1 + 0.5, planes.shape[0] * _unit_height(is_hexagonal) + 0.16 * planes.shape[1]
    figure = new_figure(WIDTH * n_rows * down / (n_cols * across))
    axes = figure.subplots()  # one for all: they need no ticks, and it is ten times as fast
    for number, plane in enumerate(order):
        left, top = number % n_cols * across, number // n_cols * down
        _show(axes, bricks(planes[..., plane], is_hexagonal=is_hexagonal), is_hexagonal, left=left, top=top)
        name = short(names[plane])
        axes.text(
            left - 0.5, top - 0.8, name, color=INK, fontsize=TEXT - 2, verticalalignment="bottom", parse_math=False
        )
    axes.set_xlim(-0.5, n_cols * across)
    axes.set_ylim(n_rows * down - 0.5, -0.5 - 0.16 * planes.shape[1])
    bare(axes)
    return figure


def _show(axes: Axes, cells: np.ndarray, is_hexagonal: bool, *, left: float = 0, top: float = 0) -> AxesImage:
    """Show cells where their units stand, the first one at some place."""
    height = _unit_height(is_hexagonal)
    n_cols = cells.shape[1] / 2 if is_hexagonal else cells.shape[1]
    extent = (left - 0.5, left + n_cols - 0.5, top + (cells.shape[0] - 0.5) * height, top - 0.5 * height)
    return axes.imshow(cells, cmap=SEQUENTIAL, interpolation="none", extent=extent)


def _draw_borders(axes: Axes, cells: np.ndarray) -> None:
    """Draw a line wherever two cells that touch are not alike."""
    is_hexagonal = np.isnan(cells).any()
    width, height = (0.5, ROW_HEIGHT) if is_hexagonal else (1.0, 1.0)

    def is_border(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return (one != other) & ~np.isnan(one) & ~np.isnan(other)

    row, col = np.nonzero(is_border(cells[:, :-1], cells[:, 1:]))
    left, top = -0.5, -0.5 * height
    line: dict[str, Any] = {"color": "white", "linewidth": 1.6}
    axes.vlines(left + (col + 1) * width, top + row * height, top + (row + 1) * height, **line)
    row, col = np.nonzero(is_border(cells[:-1], cells[1:]))
    axes.hlines(top + (row + 1) * height, left + col * width, left + (col + 1) * width, **line)


def _unit_height(is_hexagonal: bool) -> float:
    return ROW_HEIGHT if is_hexagonal else 1.0


def _height(shape: tuple[int, ...], is_hexagonal: bool) -> float:
    """Return how high a figure is whose map is as wide as it."""
    height = _unit_height(is_hexagonal)
    return float(np.clip(4.6 * shape[0] * height / (shape[1] + (0.5 if is_hexagonal else 0)), 0.8, 7))
