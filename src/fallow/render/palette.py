"""Colours of classes: told apart by people with any colour vision first, endless after that."""

from __future__ import annotations

import colorsys
import re

from fallow.errors import InputError

Color = tuple[int, int, int]

# Okabe and Ito 2008 (jfly.uni-koeln.de/color), then Paul Tol's "muted" and "light" where they differ from it.
NAMED: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
    (136, 34, 85),
    (153, 153, 51),
    (51, 34, 136),
    (170, 221, 204),
    (136, 136, 136),
    (255, 204, 204),
    (17, 75, 51),
    (102, 51, 0),
    (221, 204, 255),
)
GOLDEN_ANGLE = 0.38196601125


def class_color(label: int) -> Color:
    """Return the colour of class `label` (1, 2, ...); the same number has the same colour in every result.

    >>> class_color(1)
    (230, 159, 0)
    """
    if label <= len(NAMED):
        return NAMED[label - 1]
    step = label - len(NAMED)
    lightness, saturation = (0.45, 0.65, 0.3, 0.8)[step % 4], (0.75, 0.5)[step // 4 % 2]
    r, g, b = colorsys.hls_to_rgb(step * GOLDEN_ANGLE % 1.0, lightness, saturation)
    return round(255 * r), round(255 * g), round(255 * b)


def class_colors(n_classes: int) -> dict[int, Color]:
    """Return the colours of classes 1 to `n_classes`."""
    return {label: class_color(label) for label in range(1, n_classes + 1)}


def from_hex(text: str) -> Color:
    """Read a colour as in HTML.

    >>> from_hex("#e69f00")
    (230, 159, 0)
    """
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise InputError(f'a color must be written as in "#e69f00", got {text!r}')
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def as_hex(color: Color) -> str:
    """Write a colour as in HTML.

    >>> as_hex((230, 159, 0))
    '#e69f00'
    """
    return "#{:02x}{:02x}{:02x}".format(*color)
