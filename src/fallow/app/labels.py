"""The label maps of a result as tiles, as they were before any edit: which superpixel, which class, how sure."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Hashable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fallow.app.pyramid import TILE, Pyramid, Tiles
from fallow.errors import FileError
from fallow.raster.thinned import ThinnedLabels
from fallow.saving import ZARR

HAS_CONFIDENCE = 1  # a bit of what a tile's head says it holds
MOST_SEEN = 1024  # cells a side of what is looked through for a region
LEVEL = 1  # of gzip: label maps shrink well, and somebody waits


class Labels:
    """The layers of one saved result that a page shows. Safe from any thread.

    Parameters
    ----------
    folder
        Of the result.
    key
        What tells the result, as it is now, from all others.

    Attributes
    ----------
    is_of_superpixels : bool
        Whether `units` are superpixels; else, with the pixel unit, they are regions.
    """

    def __init__(self, folder: Path, key: Hashable, tiles: Tiles) -> None:
        self._key, self._tiles = key, tiles
        superpixels = _open(folder, "superpixels")
        self.is_of_superpixels = superpixels is not None
        self.units = superpixels or _needed(folder, "regions")
        self.classes = _needed(folder, "classes")
        self.confidence = _open(folder, "confidence")
        self.shape = self.classes.shape

    def packed_tile(self, z: int, row: int, col: int) -> bytes:
        """Return a tile, gzipped: four uint32 (rows, cols, 1 if there is confidence, 0), then rows x cols numbers each.

        uint32 superpixels (or regions), uint16 classes, uint8 confidence in percent; all little endian, row by row, 0
        is no data.

        Raises
        ------
        InputError
            If there is no such tile.
        FileError
            If a layer cannot be read.
        """
        units = self._tile("units", self.units, z, row, col)
        classes = self._tile("classes", self.classes, z, row, col)
        head = struct.pack("<4I", *units.shape, HAS_CONFIDENCE if self.confidence else 0, 0)
        parts = [head, units.astype("<u4").tobytes(), classes.astype("<u2").tobytes()]
        if self.confidence:
            parts.append(self._tile("confidence", self.confidence, z, row, col).astype("u1").tobytes())
        return gzip.compress(b"".join(parts), LEVEL, mtime=0)

    def pixel(self, row: int, col: int) -> tuple[int, int, int]:
        """Return superpixel (or region), class and confidence in percent of one pixel inside the map."""
        window = (row, row + 1, col, col + 1)
        layers = (self.units, self.classes, self.confidence)
        unit, label, percent = (0 if each is None else int(each.read(window, 1)[0, 0]) for each in layers)
        return unit, label, percent

    def from_afar(self) -> tuple[NDArray, int]:
        """Return superpixels (or regions) at a size of at most 1024 cells a side, and how many pixels a cell has."""
        z = 0
        while max(self.shape) > MOST_SEEN << z:
            z += 1
        whole = range(-(-self.shape[0] // (TILE << z))), range(-(-self.shape[1] // (TILE << z)))
        tiles = [[self._tile("units", self.units, z, row, col) for col in whole[1]] for row in whole[0]]
        return np.block(tiles), 1 << z

    def close(self) -> None:
        """Let go of open files."""
        for layer in (self.units, self.classes, self.confidence):
            if layer:
                layer.close()

    def _tile(self, name: str, layer: ThinnedLabels, z: int, row: int, col: int) -> NDArray:
        pyramid = Pyramid(
            (self._key, name), self.shape, layer.read, lambda cells: cells[::2, ::2], self._tiles, layer.overviews
        )
        return pyramid.tile(z, row, col)


def _open(folder: Path, name: str) -> ThinnedLabels | None:
    """Open a layer, whatever the format of the result."""
    if (folder / f"{name}.tif").is_file():
        return ThinnedLabels(str(folder / f"{name}.tif"))
    group = folder / ZARR
    levels = [level for level in map(str, range(32)) if (group / level / name).is_dir()]
    if not levels:
        return None
    where = [f'ZARR:"{group}":/{level}/{name}' for level in levels]
    return ThinnedLabels(where[0], where[1:])


def _needed(folder: Path, name: str) -> ThinnedLabels:
    layer = _open(folder, name)
    if layer is None:
        raise FileError(f"{folder.name} has no {name}")
    return layer


def pack(*parts: NDArray, head: tuple[int, int, int, int]) -> bytes:
    """Return a table for a page, gzipped: four uint32, then the arrays as they are; all little endian."""
    return gzip.compress(struct.pack("<4I", *head) + b"".join(part.tobytes() for part in parts), LEVEL, mtime=0)
