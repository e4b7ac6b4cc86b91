"""One figure of a training: its curve, and patches as they are and as the network sees them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fallow.render.figures.training import draw_curve

if TYPE_CHECKING:
    from fallow.deep.training import Trained

MARK = "fallow train"
"""What the file says of its maker, so that no other picture is taken for one."""


def draw(trained: Trained, path: Path) -> None:
    """Write the figure of a training as PNG."""
    from matplotlib.figure import Figure

    columns = list(trained.pictures.items())
    n_rows = max(len(pictures) for _, pictures in columns)
    figure = Figure(figsize=(4.5 + 2 * len(columns), max(3.2, 2 * n_rows)), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(4.5, 2 * len(columns)), squeeze=False)[0]
    draw_curve(left.subplots(), trained.file.curve, trained.told["objective"])
    axes = right.subplots(n_rows, len(columns), squeeze=False)
    for each in axes.flat:
        each.axis("off")
    for (name, pictures), column in zip(columns, axes.T, strict=True):
        column[0].set_title(name, fontsize=10)
        for picture, place in zip(pictures, column, strict=False):
            place.imshow(picture, interpolation="nearest")
    figure.savefig(path, dpi=100, metadata={"Software": MARK})


def is_figure(path: Path) -> bool:
    """Say whether a file is what `draw` wrote."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.info.get("Software") == MARK
    except OSError:
        return False
