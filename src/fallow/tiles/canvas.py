"""Where an answer is painted: arrays in memory, or GeoTIFFs in a folder."""

from __future__ import annotations

import tempfile
import weakref
from contextlib import AbstractContextManager
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from fallow.raster import ArraySink, Georeference, GeoTiffSink, Sink
from fallow.tiles.layers import ArrayLayer, FileLayer, Layer

MEMORY_PIXELS = 64_000_000  # more than that is painted into a temporary folder


class _Owner:
    """Who a temporary folder goes with."""


class Canvas:
    """Open sinks for the layers of one answer and remember where each went.

    Parameters
    ----------
    shape : (rows, cols)
    georeference : Georeference, optional
        Written into files.
    folder : Path, optional
        Paint GeoTIFFs here. Without it: memory, or for more than 64 megapixels a temporary folder that goes when the
        canvas and its layers are no longer used.
    """

    def __init__(
        self, shape: tuple[int, int], georeference: Georeference | None, folder: str | Path | None = None
    ) -> None:
        self.shape, self.georeference = shape, georeference
        self.folder = None if folder is None else Path(folder)
        self._owner = _Owner()
        if folder is None and shape[0] * shape[1] > MEMORY_PIXELS:
            self.folder = Path(tempfile.mkdtemp(prefix="fallow-"))
            weakref.finalize(self._owner, rmtree, self.folder, ignore_errors=True)
        self.layers: dict[str, Layer] = {}

    def sink(self, name: str, dtype: np.dtype, **tags: Any) -> AbstractContextManager[Sink]:
        """Open the sink of layer `name`; `tags` are what `GeoTiffSink` takes (colors, scale, tags)."""
        if self.folder is None:
            sink = ArraySink(self.shape, dtype)
            self.layers[name] = ArrayLayer(self.shape, sink.array, tags=tags)
            return sink
        self.layers[name] = FileLayer(self.shape, self.folder / f"{name}.tif", self._owner, tags=tags)
        path = self.folder / f"{name}.tif"
        own: dict[str, Any] = {"nodata": 0, "georeference": self.georeference, "band_names": (name,)}
        return GeoTiffSink(path, self.shape, dtype=dtype, **own, **tags)
