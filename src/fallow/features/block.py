"""One block of an image as every family sees it: its pixels, its holes and its place."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.features.fill import nearest_valid
from fallow.features.smooth import Image, smooth


class Block:
    """The pixels of one block, shared by all families so that holes are found and filled once.

    Parameters
    ----------
    image
        ``(rows, cols, bands)`` float32, NaN in every band of a pixel without data. Never written to.
    origin
        Global (row, col) of its first pixel.
    shape
        (rows, cols) of the whole image; by default this array is all of it.

    Attributes
    ----------
    valid : (rows, cols) bool, or None
        Where there is data; None when that is everywhere.
    """

    def __init__(
        self, image: np.ndarray, origin: tuple[int, int] = (0, 0), shape: tuple[int, int] | None = None
    ) -> None:
        if image.ndim != 3:
            raise InputError(f"image must have the shape (rows, cols, bands), got {image.shape}")
        # One memory layout, so that no library takes another path (and rounds otherwise) for a view than for a copy.
        self.image: Image = np.ascontiguousarray(image, np.float32)
        self.origin = origin
        self.shape = image.shape[:2] if shape is None else shape
        holes = np.isnan(self.image[..., 0])
        self.valid: NDArray[np.bool_] | None = ~holes if holes.any() else None

    @property
    def size(self) -> tuple[int, int]:
        """(rows, cols) of this array."""
        return self.image.shape[:2]

    @property
    def is_empty(self) -> bool:
        """Whether no pixel has data."""
        return self.valid is not None and not self.valid.any()

    @cached_property
    def weight(self) -> Image:
        """``(rows, cols)``: 1 where there is data, 0 in a hole."""
        return np.ones(self.size, np.float32) if self.valid is None else self.valid.astype(np.float32)

    @cached_property
    def _nearest(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        assert self.valid is not None
        return nearest_valid(self.valid)

    def fill(self, planes: Image) -> Image:
        """Return ``(rows, cols[, planes])`` with each hole holding what its nearest valid pixel holds."""
        if self.valid is None:
            return planes
        holes, sources = self._nearest
        filled = np.array(planes)
        flat = filled.reshape(self.valid.size, -1)
        flat[holes] = flat[sources]
        return filled

    def smooth(self, planes: Image, sigma: float) -> Image:
        """Blur ``(rows, cols[, planes])``, finite everywhere, over valid pixels alone."""
        return smooth(planes, sigma, None if self.valid is None else self.weight)

    def clear_holes(self, features: Image) -> None:
        """Write NaN into the holes, in place; the image itself has it there already."""
        if self.valid is not None and features is not self.image:
            features[~self.valid] = np.nan
