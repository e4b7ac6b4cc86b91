"""Files that hold named arrays: what is in them, and how to get one out."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import FileError

Shapes = dict[str, tuple[int, ...]]

_MATLAB_NUMBERS = {"double", "single", "logical"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


@dataclass(frozen=True)
class ArrayFile:
    """A file of arrays, by how to list them and how to load one.

    Attributes
    ----------
    shapes
        Path -> shape of every array of numbers by its name.
    load
        (path, name) -> the array, or something that is indexed like it and reads only what is asked for.
    """

    shapes: Callable[[Path], Shapes]
    load: Callable[[Path, str], Any]


def array_file(path: Path) -> ArrayFile:
    """Choose the reader of a .npy, .npz or .mat file; MATLAB's version 7.3 is HDF5, the others are not."""
    suffix = path.suffix.lower()
    if suffix != ".mat":
        return _NPZ if suffix == ".npz" else _NPY
    import h5py

    return _MATLAB_HDF5 if h5py.is_hdf5(path) else _MATLAB


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever the readers raise on a damaged file into a `FileError`."""
    from scipy.io.matlab import MatReadError

    damage = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, MatReadError)
    try:
        yield
    except damage as error:
        raise FileError(f"cannot read {path}: {error}") from error


def _npy_shapes(path: Path) -> Shapes:
    return {path.stem: np.load(path, mmap_mode="r").shape}


def _npy_load(path: Path, name: str) -> NDArray:  # noqa: ARG001 (it has but one array)
    return np.load(path, mmap_mode="r")


def _npz_shapes(path: Path) -> Shapes:
    shapes: Shapes = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                read = {(1, 0): np.lib.format.read_array_header_1_0}.get(version, np.lib.format.read_array_header_2_0)
                shape, _, dtype = read(stream)
            if dtype.kind in "buifc":
                shapes[member.removesuffix(".npy")] = shape
    return shapes


def _npz_load(path: Path, name: str) -> NDArray:
    with np.load(path) as archive:
        return archive[name]


def _matlab_shapes(path: Path) -> Shapes:
    from scipy.io import whosmat

    return {name: shape for name, shape, kind in whosmat(path) if kind in _MATLAB_NUMBERS}


def _matlab_load(path: Path, name: str) -> NDArray:
    from scipy.io import loadmat

    return loadmat(path, variable_names=[name])[name]


def _matlab_hdf5_shapes(path: Path) -> Shapes:
    import h5py

    shapes: Shapes = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("#"):
            kind = item.attrs.get("MATLAB_class", b"double").decode()
            if kind in _MATLAB_NUMBERS:
                shapes[name] = item.shape[::-1]

    with h5py.File(path) as file:
        file.visititems(note)
    return shapes


def _matlab_hdf5_load(path: Path, name: str) -> _Reversed:
    import h5py

    return _Reversed(h5py.File(path)[name])


class _Reversed:
    """An HDF5 dataset with its axes in MATLAB's order, which HDF5 stores backwards, read by parts."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.shape = dataset.shape[::-1]
        self.ndim, self.size, self.dtype = dataset.ndim, dataset.size, dataset.dtype

    def __getitem__(self, box: tuple[slice, ...]) -> NDArray:
        axes = box + (slice(None),) * (self.ndim - len(box))
        return self._dataset[axes[::-1]].T

    def close(self) -> None:
        self._dataset.file.close()


_NPY = ArrayFile(_npy_shapes, _npy_load)
_NPZ = ArrayFile(_npz_shapes, _npz_load)
_MATLAB = ArrayFile(_matlab_shapes, _matlab_load)
_MATLAB_HDF5 = ArrayFile(_matlab_hdf5_shapes, _matlab_hdf5_load)
