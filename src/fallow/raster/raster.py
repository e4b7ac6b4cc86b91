"""Everything GDAL reads: GeoTIFF, COG, VRT, JPEG 2000, ENVI, HDF, NetCDF and a hundred more."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from rasterio.windows import Window as GdalWindow

from fallow.errors import FileError, InputError, nearest
from fallow.raster.gdal import gdal_environment, gdal_errors, open_dataset
from fallow.raster.handles import Handles
from fallow.raster.layout import Layout, read_layout
from fallow.raster.nodata import spread_nodata
from fallow.raster.reduce import cell_means
from fallow.raster.source import Source
from fallow.raster.window import Window

REMOTE = re.compile(r"/vsi(curl|s3|gs|az|adls|oss|swift|webhdfs)|(https?|ftp|s3|gs|az)://")
PAUSES_S = (0.5, 2.0)  # before the second and the third try


class RasterSource(Source):
    """A raster that GDAL can read.

    No data is what the file says it is: a nodata value (per band), a mask, an alpha of 0, NaN. Alpha is not a band.
    A single band with a colour table becomes its colours. Scale and offset are not applied.

    Parameters
    ----------
    where
        Path, or any name GDAL knows, such as ``HDF5:"cube.h5"://radiance`` or ``/vsizip/scene.zip/red.tif``.
    variable
        Which variable of a file that holds several (HDF, NetCDF).

    Raises
    ------
    FileError
        If the file cannot be opened.
    InputError
        If its values are complex; if it holds several variables and none, or an unknown one, was named.
    """

    def __init__(self, where: str | Path, variable: str | None = None) -> None:
        self._where, self._variable = str(where), variable
        self._layout = layout = _find(self._where, variable)
        # Not with GDAL's num_threads: a damaged block that its threads decode is an error once, and after that lies in
        # GDAL's cache as if it were whole. Each of our own threads has a handle and decodes by itself.
        self._pauses_s = PAUSES_S if REMOTE.match(layout.where) else ()
        self._is_gone = False
        self._handles = Handles(lambda: open_dataset(layout.where), lambda dataset: dataset.close())
        self._overviews: dict[int, Handles[Any]] | None = None  # by the side of their cells; found when wanted
        self._finding = threading.Lock()
        super().__init__(layout.header)

    @property
    def spec(self) -> dict[str, Any]:
        return {"where": self._where, "variable": self._variable}

    @property
    def overviews(self) -> tuple[int, ...]:
        return tuple(self._found_overviews())

    def close(self) -> None:
        self._handles.close()
        for handles in (self._overviews or {}).values():
            handles.close()

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        """Read; what lies on a network is asked for again, for GDAL gives up when a connection drops.

        A server that did not answer the last time either is not waited for.
        """
        for pause_s in () if self._is_gone else self._pauses_s:
            try:
                return self._read_once(window, bands)
            except FileError:
                time.sleep(pause_s)
        self._is_gone = True
        image = self._read_once(window, bands)
        self._is_gone = False
        return image

    def _read_stored(self, window: Window, bands: tuple[int, ...]) -> NDArray:
        if not self._pauses_s and self._layout.is_whole and self.dtype in (np.uint8, np.uint16):
            return self._read_once(window, bands, dtype=self.dtype)
        return self._read(window, bands)

    def _read_reduced(self, window: Window, step: int, bands: tuple[int, ...]) -> NDArray[np.float32]:
        """Read the coarsest overview that is fine enough, and average what is left to average."""
        fit = [side for side in self._found_overviews() if step % side == 0]
        if not fit:
            return super()._read_reduced(window, step, bands)
        side = max(fit)
        row0, row1, col0, col1 = (-(-edge // side) for edge in window)
        cells = self._read_once((row0, row1, col0, col1), bands, self._found_overviews()[side])
        return cells if side == step else cell_means(cells, np.arange(len(bands)), step // side)

    def _found_overviews(self) -> dict[int, Handles[Any]]:
        """Return the overviews of the file whose cells are whole squares, by the side of these in pixels."""
        with self._finding:
            if self._overviews is None:
                with self._handles.borrow() as dataset:
                    sides = dataset.overviews(self._layout.indexes[0])
                found = {side: _overview(self._layout.where, level) for level, side in enumerate(sides)}
                self._overviews = {side: each for side, each in found.items() if self._is_regular(side, each)}
            return self._overviews

    def _is_regular(self, side: int, handles: Handles[Any]) -> bool:
        """Say whether an overview has the size that cells of `side` pixels make; some programs round down."""
        with handles.borrow() as dataset:
            return dataset.shape == tuple(-(-pixels // side) for pixels in self.shape)

    def _read_once(
        self,
        window: Window,
        bands: tuple[int, ...],
        handles: Handles[Any] | None = None,
        dtype: DTypeLike = np.float32,
    ) -> NDArray:
        row0, row1, col0, col1 = window
        doing = f"cannot read rows {row0}:{row1}, columns {col0}:{col1} of {self._layout.where}"
        part = GdalWindow(col0, row0, col1 - col0, row1 - row0)
        with (handles or self._handles).borrow() as dataset, gdal_environment(), gdal_errors(doing):
            if self._layout.palette is None:
                return _read_bands(dataset, self._layout, part, bands, dtype)
            return _read_palette(dataset, self._layout, self._layout.palette, part, bands)


def _overview(where: str, level: int) -> Handles[Any]:
    return Handles(lambda: open_dataset(where, overview_level=level), lambda dataset: dataset.close())


def _find(where: str, variable: str | None) -> Layout:
    """Open the dataset, or the one of its subdatasets that is meant, and read its layout."""
    with open_dataset(where) as dataset:
        inner = {_short(name, where): name for name in dataset.subdatasets}
        if variable is None and dataset.count:
            return read_layout(dataset)
    if not inner:
        raise InputError(f"{where} holds " + ("no image" if variable is None else f"no variables, got {variable!r}"))
    if variable not in inner:
        asked = "name one of them as variable" if variable is None else f"there is no {variable!r}"
        hint = nearest(variable, inner) if variable else ""
        raise InputError(f"{where} holds {len(inner)} images, {asked}: {', '.join(inner)}{hint}")
    with open_dataset(inner[variable]) as dataset:
        return read_layout(dataset)


def _short(subdataset: str, where: str) -> str:
    """Cut driver and path off a subdataset's name: ``HDF5:cube.h5://group/radiance`` is ``group/radiance``."""
    return subdataset.rpartition(where)[2].strip(':"/') or subdataset


def _read_bands(dataset: Any, layout: Layout, part: GdalWindow, bands: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    indexes = [layout.indexes[band] for band in bands]
    image = np.empty((part.height, part.width, len(bands)), dtype)
    # GDAL converts and interleaves while it copies, through the strides of these views: one pass, no second array.
    if len({dataset.dtypes[index - 1] for index in indexes}) == 1:
        dataset.read(indexes, window=part, out=image.transpose(2, 0, 1))
    else:  # rasterio reads bands of different types only one by one
        for position, index in enumerate(indexes):
            dataset.read(index, window=part, out=image[..., position])
    if layout.alpha is not None:
        image[dataset.read(layout.alpha, window=part) == 0] = np.nan
    if layout.has_mask:
        image[(dataset.read_masks(indexes, window=part) == 0).any(axis=0)] = np.nan
    if layout.nodata is not None:
        spread_nodata(image, layout.nodata[list(bands)])
    return image


def _read_palette(
    dataset: Any, layout: Layout, palette: NDArray[np.uint8], part: GdalWindow, bands: tuple[int, ...]
) -> NDArray[np.float32]:
    values = dataset.read(layout.indexes[0], window=part)
    colors = palette[values]
    image = colors[..., list(bands)].astype(np.float32)
    is_void = colors[..., 3] == 0
    if layout.nodata is not None:
        is_void |= values == layout.nodata[0]
    if layout.has_mask:
        is_void |= dataset.read_masks(layout.indexes[0], window=part) == 0
    image[is_void] = np.nan
    return image
