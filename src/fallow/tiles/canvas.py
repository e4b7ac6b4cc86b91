"""Where an answer is painted: arrays in memory, or GeoTIFFs in a folder."""

from __future__ import annotations

import tempfile
import weakref
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from fallow.raster import ArraySink, Georeference, GeoTiffSink, Sink, read_labels

MEMORY_PIXELS = 64_000_000  # more than that is painted into a temporary folder


@dataclass
class Layer:
    """One band of an answer, in memory or on disk: a GeoTIFF, or an array of a Zarr group."""

    array: np.ndarray | None = None
    path: Path | None = None
    tags: dict[str, Any] = field(default_factory=dict)

    def read(self) -> np.ndarray:
        """Return the whole band."""
        if self.array is not None:
            return self.array
        return read_labels(self.where)

    @property
    def where(self) -> str:
        """The name GDAL has for the file."""
        assert self.path
        if self.path.suffix == ".tif":
            return str(self.path)
        level, name = self.path.parts[-2:]
        return f'ZARR:"{self.path.parents[1]}":/{level}/{name}'


class Canvas:
    """Open sinks for the layers of one answer and remember where each went.

    Parameters
    ----------
    shape : (rows, cols)
    georeference : Georeference, optional
        Written into files.
    folder : Path, optional
        Paint GeoTIFFs here. Without it: memory, or for more than 64 megapixels a temporary folder that goes when the
        canvas is no longer used.
    """

    def __init__(
        self, shape: tuple[int, int], georeference: Georeference | None, folder: str | Path | None = None
    ) -> None:
        self.shape, self.georeference = shape, georeference
        self.folder = None if folder is None else Path(folder)
        if folder is None and shape[0] * shape[1] > MEMORY_PIXELS:
            self.folder = Path(tempfile.mkdtemp(prefix="fallow-"))
            weakref.finalize(self, rmtree, self.folder, ignore_errors=True)
        self.layers: dict[str, Layer] = {}

    def sink(self, name: str, dtype: np.dtype, **tags: Any) -> AbstractContextManager[Sink]:
        """Open the sink of layer `name`; `tags` are what `GeoTiffSink` takes (colors, scale, tags)."""
        if self.folder is None:
            sink = ArraySink(self.shape, dtype)
            self.layers[name] = Layer(array=sink.array, tags=tags)
            return sink
        self.layers[name] = Layer(path=self.folder / f"{name}.tif")
        return GeoTiffSink(
            self.folder / f"{name}.tif", self.shape, dtype=dtype, nodata=0, georeference=self.georeference, **tags
        )
