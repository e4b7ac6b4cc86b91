"""The look of all figures, and how one becomes a part of a page."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from fallow.optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXTRA = "report"
INK, MUTED, FAINT, ACCENT = "#262a24", "#767b72", "#d8dad3", "#2f6f4f"
VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", FAINT: "var(--line)", ACCENT: "var(--accent)"}
"""Colours that follow the page, light or dark."""

WIDTH = 5.2  # inches: as wide as a telephone, so that text keeps its size there
TEXT = 10
MOST_LETTERS = 14
SEQUENTIAL = "cividis"  # reads the same with any colour vision
_NAMED_PART = re.compile(r' id="[a-zA-Z0-9.]+_\d+"')


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Return an empty figure, in inches, that lays itself out.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    return require("matplotlib.figure", EXTRA).Figure(figsize=(width, height), layout="constrained")


def tidy(axes: Axes) -> None:
    """Take away what is not needed, and let the rest step back."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=TEXT - 1)
    for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
        label.set(color=INK, fontsize=TEXT)


def bare(axes: Axes, title: str = "") -> None:
    """Leave only what is drawn, and a title."""
    axes.set_axis_off()
    axes.set_title(title, color=INK, fontsize=TEXT, parse_math=False)


def short(name: str) -> str:
    """Return a name that fits beside others.

    >>> short("near infrared of the second camera")
    'near infrared…'
    """
    return name if len(name) <= MOST_LETTERS else name[: MOST_LETTERS - 1].rstrip() + "…"


def whole_ticks(axis: Any) -> None:
    """Put ticks at whole numbers only."""
    axis.set_major_locator(require("matplotlib.ticker", EXTRA).MaxNLocator(integer=True))


def sequential(values: np.ndarray) -> np.ndarray:
    """Return the colours of values 0..1: (..., 4) uint8."""
    return require("matplotlib", EXTRA).colormaps[SEQUENTIAL](values, bytes=True)


def as_svg(figure: Figure) -> str:
    """Return a figure as SVG to stand inside a page: its text is text, its ink the page's; same figure, same bytes."""
    matplotlib = require("matplotlib", EXTRA)
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "fallow"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the page has fonts of its own
        figure.savefig(file, format="svg", metadata={"Date": None}, transparent=True)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (xmlns(:xlink)?|version|width|height)="[^"]*"', "", svg[: svg.index(">")]) + svg[svg.index(">") :]
    svg = _NAMED_PART.sub("", svg).replace("xlink:href", "href")
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, variable)
    return svg.replace("<svg", '<svg aria-hidden="true"', 1).strip()
