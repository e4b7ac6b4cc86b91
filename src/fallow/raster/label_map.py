"""Label maps on disk: whole numbers as they are stored, read by windows. Images are `fallow.raster.source`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window as GdalWindow

from fallow.errors import FileError, InputError
from fallow.raster.arrays import array_file, reading
from fallow.raster.cube import choose_array
from fallow.raster.find import missing_file
from fallow.raster.formats import CUBES, GDAL_NAME, VECTORS
from fallow.raster.gdal import gdal_environment, gdal_errors, open_dataset
from fallow.raster.georeference import Georeference
from fallow.raster.layout import read_layout
from fallow.raster.window import Window, whole

NO_DATA = -(1 << 31)
"""What the file says is no data."""

LOSSY = (".jpg", ".jpeg")

OUTSIDE = NO_DATA + 1
"""What lies beyond the map, when it is read on the grid of another."""


class LabelMap(ABC):
    """A map of labels, whatever file it is in.

    Attributes
    ----------
    name : str
    shape : (rows, cols)
    georeference : Georeference or None
    """

    name: str
    shape: tuple[int, int]
    georeference: Georeference | None = None

    @abstractmethod
    def read(self, window: Window) -> NDArray[np.int32]:
        """Read a window that lies inside the map: (rows, cols), `NO_DATA` where there is none."""

    @property
    def extent(self) -> Window:
        """The window outside of which there is nothing but `OUTSIDE`."""
        return whole(self.shape)

    def name_of(self, label: int) -> str:
        """Return what people call a label: its number, when it has no name."""
        return str(label)

    def label_of(self, name: str) -> int | None:
        """Return the label that people call so; None if there can be none."""
        try:
            return int(name)
        except ValueError:
            return None

    def close(self) -> None:  # noqa: B027 (an array has nothing to do)
        """Let go of open files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class ArrayLabels(LabelMap):
    """An array ``(rows, cols)`` of whole numbers; floats may be whole too, and NaN is no data."""

    def __init__(self, array: NDArray, name: str = "labels") -> None:
        if array.ndim == 3 and array.shape[2] == 1:
            array = array[..., 0]
        if array.ndim != 2 or array.size == 0:
            raise InputError(f"{name} must be a label map (rows, cols), got an array of shape {array.shape}")
        self.name, self.shape = name, (array.shape[0], array.shape[1])
        self._array = array

    def read(self, window: Window) -> NDArray[np.int32]:
        row0, row1, col0, col1 = window
        return _whole_numbers(np.asarray(self._array[row0:row1, col0:col1]), self.name)


class RasterLabels(LabelMap):
    """A raster or picture that GDAL reads, whose one band is the label; a palette is not looked at.

    Three bands of 8 bits are one number, ``red + 256 green + 65536 blue``: so each colour is a label, called #rrggbb.

    Raises
    ------
    FileError
        If the file cannot be opened.
    InputError
        If it has another number of bands.
    """

    def __init__(self, where: str | Path) -> None:
        self._dataset = open_dataset(str(where))
        layout = read_layout(self._dataset) if self._dataset.count else None
        self._indexes = [] if layout is None else list(layout.indexes)
        is_color = len(self._indexes) == 3 and set(self._dataset.dtypes[:3]) == {"uint8"}
        if layout is None or not (len(self._indexes) == 1 or is_color):
            self.close()
            raise InputError(f"{where} must be a label map of one band (or of colours), got {len(self._indexes)} bands")
        self.name, self._is_color = Path(str(where)).name.strip('"'), is_color
        self.shape, self.georeference = layout.header.shape, layout.header.georeference

    def read(self, window: Window) -> NDArray[np.int32]:
        row0, row1, col0, col1 = window
        part = GdalWindow(col0, row0, col1 - col0, row1 - row0)
        with gdal_environment(), gdal_errors(f"cannot read rows {row0}:{row1}, columns {col0}:{col1} of {self.name}"):
            bands = self._dataset.read(self._indexes, window=part)
            is_void = (self._dataset.read_masks(self._indexes, window=part) == 0).all(axis=0)
        if len(bands) == 1:
            labels = _whole_numbers(bands[0], self.name)
        else:
            labels = np.tensordot(np.array([1, 256, 65536], np.int32), bands.astype(np.int32), 1)
        labels[is_void] = NO_DATA
        return labels

    def name_of(self, label: int) -> str:
        return f"#{label.to_bytes(3, 'little').hex()}" if self._is_color else super().name_of(label)

    def label_of(self, name: str) -> int | None:
        if self._is_color and re.fullmatch("#[0-9a-fA-F]{6}", name):
            return int.from_bytes(bytes.fromhex(name[1:]), "little")
        return super().label_of(name)

    def close(self) -> None:
        self._dataset.close()


class PolygonLabels(LabelMap):
    """The polygons of a vector file on the grid of an image: `NO_DATA` outside of all (`fallow.raster.vector`)."""

    def __init__(
        self, path: Path, shape: tuple[int, int], georeference: Georeference | None, attribute: str | None
    ) -> None:
        from fallow.raster.vector import Polygons  # pyogrio and shapely, which most runs do not need

        self.name, self.shape, self.georeference = path.name, shape, georeference
        self._polygons = Polygons(path, shape, georeference, attribute)

    def read(self, window: Window) -> NDArray[np.int32]:
        labels = self._polygons.labels(window)
        labels[labels == 0] = NO_DATA
        return labels

    def name_of(self, label: int) -> str:
        return self._polygons.names.get(label) or super().name_of(label)

    def label_of(self, name: str) -> int | None:
        if not self._polygons.names:
            return super().label_of(name)
        return {each: label for label, each in self._polygons.names.items()}.get(name)


def open_labels(where: str | Path, *, variable: str | None = None) -> LabelMap:
    """Open a label map: a raster, a picture, or an array in a .npy, .npz or .mat file.

    Parameters
    ----------
    where
        A file, or a name that GDAL knows.
    variable
        Which array of a file that holds several. Default: the largest of two or three dimensions.

    Raises
    ------
    FileError
        If the file is missing or cannot be read.
    InputError
        If it holds no label map.
    """
    path = Path(where)
    if path.is_dir():
        raise FileError(f"{path} is a folder, expected a label map")
    if not path.exists():
        if GDAL_NAME.match(str(where)):
            return RasterLabels(where)
        raise missing_file(path)
    if path.suffix.lower() in LOSSY:
        raise InputError(
            f"{path} cannot be a label map: {path.suffix} changes the numbers; save labels as PNG or GeoTIFF"
        )
    if path.suffix.lower() not in CUBES:
        return RasterLabels(path)
    file = array_file(path)
    with reading(path):
        shapes = file.shapes(path)
    chosen = choose_array(shapes, variable, path)
    with reading(path):
        array = file.load(path, chosen)
        if hasattr(array, "close"):  # a file that stays open otherwise
            with closing(array):
                array = array[: array.shape[0], : array.shape[1]]
    return ArrayLabels(array, path.name)


def open_truth(
    where: str | Path, grid: LabelMap, *, variable: str | None = None, attribute: str | None = None
) -> Sequence[LabelMap]:
    """Open what people drew: a label map, polygons, or the maps of several annotators (a .mat file with `groundTruth`).

    Parameters
    ----------
    grid
        The map on whose pixels polygons are laid.
    attribute
        Of polygons, the column that names their class; see `fallow.raster.vector.Polygons`.

    Returns
    -------
    list of LabelMap
        One an annotator; those of files on their own grid.

    Raises
    ------
    FileError, InputError
        As `open_labels`, and if an attribute is said of what has none.
    """
    path = Path(where)
    if path.suffix.lower() in VECTORS:
        if not path.exists():
            raise missing_file(path)
        return [PolygonLabels(path, grid.shape, grid.georeference, attribute)]
    if attribute is not None:
        raise InputError(f"attribute is for polygons, got {attribute!r} for {path}")
    if path.suffix.lower() == ".mat" and variable is None and path.is_file():
        annotators = _annotators(path)
        if annotators:
            return annotators
    return [open_labels(where, variable=variable)]


def _annotators(path: Path) -> list[LabelMap]:
    """Return the segmentations of a .mat file of the Berkeley data set; none when it is another file."""
    import h5py
    from scipy.io import loadmat, whosmat

    with reading(path):
        if h5py.is_hdf5(path) or ("groundTruth", "cell") not in {(name, kind) for name, _, kind in whosmat(path)}:
            return []
        cells = loadmat(path, variable_names=["groundTruth"])["groundTruth"].ravel()
        maps = [np.asarray(cell["Segmentation"][0, 0]) for cell in cells]
    return [ArrayLabels(each, f"{path.name} {number}") for number, each in enumerate(maps, 1)]


def _whole_numbers(values: NDArray, name: str) -> NDArray[np.int32]:
    """Return labels as int32.

    Raises
    ------
    InputError
        If they are no whole numbers, or too large.
    """
    if values.dtype.kind not in "iufb":
        raise InputError(f"{name} must hold whole numbers, got {values.dtype}")
    is_void = None
    if values.dtype.kind == "f":
        is_void = np.isnan(values)
        values = np.where(is_void, 0, values)
        is_odd = values != np.round(values)
        if is_odd.any():
            raise InputError(f"{name} must hold whole numbers to be a label map, got {values[is_odd][0]:g}")
    low, high = values.min(), values.max()
    if not OUTSIDE < low <= high < 1 << 31:
        raise InputError(f"labels of {name} must lie in {OUTSIDE + 1}..{(1 << 31) - 1}, got {low:g}..{high:g}")
    labels = values.astype(np.int32)
    if is_void is not None:
        labels[is_void] = NO_DATA
    return labels
