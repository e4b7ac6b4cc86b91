"""A contact sheet: many small maps of one image beside each other, each with its name and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fallow.render.palette import Color

INK, PAPER, GREY, TRACK = (38, 38, 38), (255, 255, 255), (120, 120, 120), (228, 228, 228)
FIRST, TIED, BAR = (0, 114, 178), (86, 180, 233), (90, 110, 130)
SIDE = 240  # of a picture's longer side
LEAST_WIDTH = 200  # of a frame: what its caption needs
MARGIN, GAP, BORDER = 24, 26, 4
TITLE, TEXT, SMALL = 21, 15, 13
BAR_HEIGHT, LABEL_WIDTH, VALUE_WIDTH = 7, 72, 34
MOST_COLUMNS = 6


@dataclass(frozen=True)
class Gauge:
    """A figure from 0 to 1 as a bar; what is outside of it is cut off.

    Attributes
    ----------
    deviation : float, optional
        Drawn as a line to both sides of the bar's end.
    """

    name: str
    value: float
    deviation: float = 0.0


@dataclass(frozen=True)
class Frame:
    """One picture of a sheet.

    Attributes
    ----------
    picture : (rows, cols, 3) uint8
    title : str
        In ink, under the picture.
    text : str
        In grey, under the title.
    border : Color, optional
    """

    picture: np.ndarray
    title: str
    text: str = ""
    gauges: tuple[Gauge, ...] = ()
    border: Color | None = None


def contact_sheet(frames: Sequence[Frame], title: str, lines: Sequence[str]) -> np.ndarray:
    """Draw frames, all of one shape, row by row under a title and lines of text.

    Returns
    -------
    (height, width, 3) uint8
    """
    rows, cols = frames[0].picture.shape[:2]
    scale = SIDE / max(rows, cols)
    height, width = max(1, round(rows * scale)), max(1, round(cols * scale))
    step = max(width, LEAST_WIDTH) + GAP
    n_gauges = max(len(frame.gauges) for frame in frames)
    below = 10 + TEXT + 7 + SMALL + 7 + n_gauges * (SMALL + 5)
    n_columns = _columns(len(frames), step, height + below + GAP)
    page_width = max(2 * MARGIN + n_columns * step - GAP, 480)
    texts = [wrapped for line in lines for wrapped in _wrap(line, TEXT, page_width - 2 * MARGIN)]
    head = MARGIN + TITLE + 14 + len(texts) * (TEXT + 7) + GAP // 2
    n_rows = -(-len(frames) // n_columns)
    page = Image.new("RGB", (page_width, head + n_rows * (height + below + GAP) + MARGIN - GAP), PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((MARGIN, MARGIN - 6), _shorten(title, TITLE, page_width - 2 * MARGIN), fill=INK, font=_font(TITLE))
    for number, text in enumerate(texts):
        draw.text((MARGIN, MARGIN + TITLE + 8 + number * (TEXT + 7)), text, fill=GREY, font=_font(TEXT))
    for number, frame in enumerate(frames):
        left = MARGIN + number % n_columns * step
        top = head + number // n_columns * (height + below + GAP)
        _draw(page, frame, (left, top), (width, height), step - GAP)
    return np.asarray(page)


def _columns(n: int, width: int, height: int) -> int:
    """Return how many columns make a page of about three to two, with few places left empty in the last row.

    >>> _columns(24, 226, 330), _columns(25, 266, 330), _columns(5, 266, 330)
    (6, 6, 3)
    """
    best = (1.5 * n * height / width) ** 0.5
    near = [c for c in range(1, min(n, MOST_COLUMNS) + 1) if abs(c - best) <= 1.5] or [min(n, MOST_COLUMNS)]
    return min(near, key=lambda columns: -n % columns / columns + abs(columns - best) / 4)


def _draw(page: Image.Image, frame: Frame, at: tuple[int, int], size: tuple[int, int], room: int) -> None:
    """Draw one frame with its caption."""
    draw, (left, top), (width, height) = ImageDraw.Draw(page), at, size
    picture = Image.fromarray(np.ascontiguousarray(frame.picture))
    is_enlarged = width > picture.width
    page.paste(picture.resize(size, Image.Resampling.NEAREST if is_enlarged else Image.Resampling.LANCZOS), at)
    if frame.border:
        box = (left - BORDER, top - BORDER, left + width + BORDER - 1, top + height + BORDER - 1)
        draw.rectangle(box, outline=frame.border, width=BORDER)
    else:
        draw.rectangle((left - 1, top - 1, left + width, top + height), outline=TRACK)
    top += height + 9
    draw.text((left, top), _shorten(frame.title, TEXT, room), fill=INK, font=_font(TEXT))
    top += TEXT + 6
    draw.text((left, top), _shorten(frame.text, SMALL, room), fill=GREY, font=_font(SMALL))
    top += SMALL + 7
    for gauge in frame.gauges:
        _gauge(draw, gauge, (left, top), room)
        top += SMALL + 5


def _gauge(draw: ImageDraw.ImageDraw, gauge: Gauge, at: tuple[int, int], room: int) -> None:
    """Draw a name, a bar and a number."""
    left, top = at
    draw.text((left, top), gauge.name, fill=GREY, font=_font(SMALL))
    text = f"{gauge.value:.2f}"
    draw.text((left + room - _font(SMALL).getlength(text), top), text, fill=INK, font=_font(SMALL))
    first, last = left + LABEL_WIDTH, left + room - VALUE_WIDTH
    middle = top + SMALL // 2 + 2

    def place(value: float) -> int:
        return first + round(min(1.0, max(0.0, value)) * (last - first))

    draw.rectangle((first, middle - BAR_HEIGHT // 2, last, middle + BAR_HEIGHT // 2), fill=TRACK)
    if gauge.value > 0:
        draw.rectangle((first, middle - BAR_HEIGHT // 2, place(gauge.value), middle + BAR_HEIGHT // 2), fill=BAR)
    if gauge.deviation > 0:
        ends = place(gauge.value - gauge.deviation), place(gauge.value + gauge.deviation)
        draw.line((ends[0], middle, ends[1], middle), fill=INK, width=1)
        for end in ends:
            draw.line((end, middle - 2, end, middle + 2), fill=INK, width=1)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load the font once a size."""
    return ImageFont.load_default(size=size)


def _shorten(text: str, size: int, width: int) -> str:
    """Cut a text that is too wide."""
    if _font(size).getlength(text) <= width:
        return text
    while text and _font(size).getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."


def _wrap(text: str, size: int, width: int) -> list[str]:
    """Break a text between words into lines that are no wider."""
    lines: list[str] = []
    for word in text.split():
        if lines and _font(size).getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
