"""What the report shows as pictures: each embedded once, at a size that a page needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from fallow.labels import outlines
from fallow.raster import Window
from fallow.render.encode import jpeg_uri, labels_uri
from fallow.render.figures.style import sequential

MOST_SIDE, LEAST_SIDE = 1000, 500
LINE, HALO = (255, 236, 64, 255), (0, 0, 0, 110)
CROWDED = 0.06  # share of the pixels on a line, from which on no rim fits between lines
NOTHING = (0, 0, 0, 0)


@dataclass(frozen=True)
class Frame:
    """How a map fits the page: reduced to 1000 pixels, or enlarged by a whole factor to some 500.

    Attributes
    ----------
    shape : (rows, cols)
        Of the map.
    rows, cols : (height,) and (width,) int
        Row and column of the map that each pixel shows.
    """

    shape: tuple[int, int]
    rows: np.ndarray
    cols: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, int]) -> Frame:
        """Fit a map of that shape."""
        longest = max(shape)
        factor = max(1, -(-LEAST_SIDE // longest)) if longest <= MOST_SIDE else MOST_SIDE / longest
        sizes = [max(1, round(side * factor)) for side in shape]
        rows, cols = (np.arange(size) * side // size for size, side in zip(sizes, shape, strict=True))
        return cls(shape, rows, cols)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in the page's own pixels."""
        return len(self.cols), len(self.rows)

    def fit(self, values: np.ndarray) -> np.ndarray:
        """Return a map in that size, each pixel as it is."""
        return values[self.rows[:, None], self.cols]

    def picture(self, picture: np.ndarray) -> str:
        """Return the image as JPEG."""
        if picture.shape[0] > len(self.rows):
            reduced = Image.fromarray(picture).resize(self.size, Image.Resampling.LANCZOS)
            return jpeg_uri(np.asarray(reduced))
        return jpeg_uri(self.fit(picture))

    def classes(self, classes: np.ndarray, colors: np.ndarray) -> str:
        """Return a map of classes in their colours (n, 3), clear where there is no data."""
        opaque = np.column_stack([colors, np.full(len(colors), 255)])
        return labels_uri(self.fit(classes), np.vstack([NOTHING, opaque]).astype(np.uint8))

    def outlines(self, labels: np.ndarray) -> str:
        """Return where labels end: a bright line with a dark rim, or where there are very many a thin one without."""
        fitted = self.fit(labels)
        line = outlines(fitted)
        if line.mean() > CROWDED:
            return labels_uri(line, np.array([NOTHING, LINE], np.uint8))
        line = outlines(fitted, thick=True)
        rim = line.copy()
        rim[1:] |= line[:-1]
        rim[:-1] |= line[1:]
        rim[:, 1:] |= line[:, :-1]
        rim[:, :-1] |= line[:, 1:]
        return labels_uri(rim.astype(np.uint8) + line, np.array([NOTHING, HALO, LINE], np.uint8))

    def shares(self, values: np.ndarray, classes: np.ndarray) -> str:
        """Return values of 0..1 in colours, clear where there is no data."""
        colors = np.vstack([NOTHING, sequential(np.linspace(0, 1, 101))]).astype(np.uint8)
        levels = np.where(classes == 0, 0, 1 + np.rint(values * 100).astype(np.int32))
        return labels_uri(self.fit(levels), colors)

    def window(self, window: Window) -> str:
        """Return where a window of the map lies in the page, as the viewBox of an SVG."""
        row0, row1, col0, col1 = window
        height, width = len(self.rows) / self.shape[0], len(self.cols) / self.shape[1]
        place = (col0 * width, row0 * height, (col1 - col0) * width, (row1 - row0) * height)
        return " ".join(f"{each:.6g}" for each in place)


def scale_bar() -> str:
    """Return the colours of 0..1 as a CSS gradient."""
    stops = sequential(np.linspace(0, 1, 9))
    return f"linear-gradient(to right, {', '.join('#{:02x}{:02x}{:02x}'.format(*each[:3]) for each in stops)})"
