"""Layers of an answer: in memory, in a file, or looked up in tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fallow.labels.lookup import Lookup
from fallow.raster import Window, label_dtype, read_labels, read_thinned

STRIP = 512  # rows read at a time


@dataclass(eq=False)
class Layer(ABC):
    """One band of an answer.

    Attributes
    ----------
    shape : (rows, cols)
    tags : dict
        What `GeoTiffSink` takes beside the pixels (colors, scale, tags).
    """

    shape: tuple[int, int]
    tags: dict[str, Any] = field(default_factory=dict, kw_only=True)
    _thinned: np.ndarray | None = field(default=None, init=False)

    @property
    @abstractmethod
    def dtype(self) -> np.dtype:
        """Type of the values."""

    @abstractmethod
    def read(self, window: Window | None = None) -> np.ndarray:
        """Return the values in a window, or all; not to be written to."""

    def thinned(self, step: int) -> np.ndarray:
        """Return the first pixel of each cell of ``step x step``; it is kept, so `step` must be the same always."""
        if self._thinned is None:
            self._thinned = self._thin(step)
        return self._thinned

    def keep_thinned(self, values: np.ndarray) -> None:
        """Take what `thinned` would return from who has it already."""
        self._thinned = values

    @abstractmethod
    def _thin(self, step: int) -> np.ndarray: ...

    def strips(self) -> Iterator[tuple[Window, np.ndarray]]:
        """Yield the values in strips over the whole width, from above."""
        rows, cols = self.shape
        for row in range(0, rows, STRIP):
            window = (row, min(row + STRIP, rows), 0, cols)
            yield window, self.read(window)


@dataclass(eq=False)
class ArrayLayer(Layer):
    """A layer in memory."""

    array: np.ndarray

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    def read(self, window: Window | None = None) -> np.ndarray:
        return self.array if window is None else self.array[window[0] : window[1], window[2] : window[3]]

    def _thin(self, step: int) -> np.ndarray:
        return self.array[::step, ::step]


@dataclass(eq=False)
class FileLayer(Layer):
    """A layer on disk: a GeoTIFF, or an array of a Zarr group.

    Attributes
    ----------
    path : Path
    owner : object
        With whom the file goes, if it is a temporary one.
    """

    path: Path
    owner: object = None

    @property
    def where(self) -> str:
        """The name GDAL has for the file."""
        if self.path.suffix == ".tif":
            return str(self.path)
        level, name = self.path.parts[-2:]
        return f'ZARR:"{self.path.parents[1]}":/{level}/{name}'

    @property
    def dtype(self) -> np.dtype:
        return label_dtype(self.where)

    def read(self, window: Window | None = None) -> np.ndarray:
        return read_labels(self.where, window)

    def _thin(self, step: int) -> np.ndarray:
        return read_thinned(self.where, step)


@dataclass(eq=False)
class LookedUpLayer(Layer):
    """A layer that tables make of others, pixel by pixel.

    Attributes
    ----------
    lookup : Lookup
        From superpixel and class to what is wanted.
    superpixels, classes : Layer
        What it is looked up with.
    values : Layer, optional
        What is shown where something is left, in place of what the tables say.
    """

    lookup: Lookup
    superpixels: Layer
    classes: Layer
    values: Layer | None = None

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype if self.values else self.lookup.dtype

    def read(self, window: Window | None = None) -> np.ndarray:
        values = None if self.values is None else self.values.read(window)
        return self.lookup(self.superpixels.read(window), self.classes.read(window), values)

    def _thin(self, step: int) -> np.ndarray:
        values = None if self.values is None else self.values.thinned(step)
        return self.lookup(self.superpixels.thinned(step), self.classes.thinned(step), values)
