"""The preview: the image with its regions outlined, the classes beside it, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fallow.labels import outlines
from fallow.render.palette import Color

INK, PAPER, OUTLINE = (38, 38, 38), (255, 255, 255), (255, 255, 0)
MARGIN, SWATCH, LINE, FONT_SIZE = 16, 18, 28, 15
MIN_SIDE = 240  # smaller pictures are enlarged by a whole factor, so that outlines and text can be read


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend: the class's colour, its name, its share (0..1)."""

    color: Color
    name: str
    share: float


def preview(
    picture: np.ndarray,
    regions: np.ndarray,
    classes: np.ndarray,
    colors: Sequence[Color],
    legend: Sequence[LegendEntry],
    title: str,
) -> np.ndarray:
    """Draw picture and classes side by side (one above the other when wide) over a legend.

    Parameters
    ----------
    picture : (rows, cols, 3) uint8
    regions, classes : (rows, cols) int32
    colors : of classes 1, 2, ...

    Returns
    -------
    (height, width, 3) uint8
    """
    factor = max(1, -(-MIN_SIDE // max(picture.shape[:2])))
    if factor > 1:
        picture, regions, classes = (
            each.repeat(factor, axis=0).repeat(factor, axis=1) for each in (picture, regions, classes)
        )
    edge = outlines(regions)
    left = _edged(picture, edge, OUTLINE)
    painted = _edged(blend(picture, classes, colors), edge, INK)
    rows, cols = classes.shape
    is_wide = cols > 1.6 * rows
    right, down = (0, rows + MARGIN) if is_wide else (cols + MARGIN, 0)
    width, height = 2 * MARGIN + cols + right, 2 * MARGIN + rows + down
    key = _legend(legend, title, width)
    page = np.full((height + len(key), key.shape[1], 3), PAPER, np.uint8)
    page[MARGIN : MARGIN + rows, MARGIN : MARGIN + cols] = left
    page[MARGIN + down : MARGIN + down + rows, MARGIN + right : MARGIN + right + cols] = painted
    page[height:] = key
    return page


def outlined(picture: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Draw where regions end into a picture."""
    return _edged(picture, outlines(regions), OUTLINE)


def blend(picture: np.ndarray, classes: np.ndarray, colors: Sequence[Color]) -> np.ndarray:
    """Lay class colours, three parts of four, over the grey picture; no data is white."""
    red, green, blue = (picture[..., band] for band in range(3))
    grey = ((red.astype(np.uint16) + green + blue) // 12).astype(np.uint8)  # band by band, many times faster than sum
    grey[classes == 0] = 63
    table = (np.array([PAPER, *colors]) * 3 // 4).astype(np.uint8)
    return table.take(classes, axis=0) + grey[..., None]


def _edged(picture: np.ndarray, edge: np.ndarray, color: Color) -> np.ndarray:
    out = picture.copy()
    out[edge] = color
    return out


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load the font once."""
    return ImageFont.load_default(size=FONT_SIZE)


def _legend(entries: Sequence[LegendEntry], title: str, width: int) -> np.ndarray:
    """Set the legend in columns below pictures of some width; wider if title or entries need more."""
    font = _font()
    texts = [f"{entry.name}  {entry.share:.1%}" for entry in entries]
    column = SWATCH + 3 * MARGIN // 2 + max(int(font.getlength(text)) for text in [*texts, " "])
    width = max(width, 2 * MARGIN + int(font.getlength(title)), MARGIN + column)
    per_row = max(1, (width - MARGIN) // column)
    height = LINE * (-(-len(texts) // per_row) + 1) + MARGIN
    page = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((MARGIN, 0), title, fill=INK, font=font)
    for number, (entry, text) in enumerate(zip(entries, texts, strict=True)):
        left, top = MARGIN + number % per_row * column, LINE * (1 + number // per_row)
        draw.rectangle((left, top, left + SWATCH, top + SWATCH), fill=entry.color, outline=INK)
        draw.text((left + SWATCH + MARGIN // 2, top), text, fill=INK, font=font)
    return np.asarray(page)
