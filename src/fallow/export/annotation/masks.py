"""Indexed PNG masks: one a chip, in the classes' colours."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fallow.errors import FileError, InputError
from fallow.export.annotation.chips import Chip, Sheet
from fallow.export.annotation.classes import Classes
from fallow.export.annotation.hand_over import HandOver
from fallow.raster import write_png

if TYPE_CHECKING:
    from fallow.result import Segmentation

FOLDER, CLASSES = "masks", "classes.csv"
_NUMBERS = ("L", "P", "I;16", "I")  # Pillow's modes of pictures whose pixels are numbers


def write(
    result: Segmentation,
    target: Path,
    *,
    by: str = "class",
    chip: int | None = None,
    picture: str = "jpg",
    image: str | Path | None = None,
) -> None:
    """Write a folder with ``masks/``, ``classes.csv``, ``images/`` and ``chips.json``.

    A mask holds class numbers and 0 for no data: 8 bits with a palette, 16 bits without one when a number is above 255.

    Parameters
    ----------
    by : "region" or "class"
        The class of each pixel; or that of most pixels of its region.
    chip, picture, image
        See `HandOver`.

    Raises
    ------
    InputError, FileError
        As `HandOver`.
    """
    chips = HandOver(result, target, by=by, chip=chip, picture=picture, image=image)
    labels = chips.sheet.labels
    dtype = np.min_scalar_type(max(label.number for label in labels))
    with (target / CLASSES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("value", "name", "color"), (0, "no data", "#000000")])
        writer.writerows((label.number, label.name, label.color) for label in labels)
    colors = {label.number: label.rgb for label in labels}
    (target / FOLDER).mkdir()
    for each, found in chips:
        write_png(target / FOLDER / f"{each.name}.png", found.labels.astype(dtype), colors=colors)


def read(folder: Path, sheet: Sheet, classes: Classes) -> Iterator[tuple[Chip, NDArray[np.int32]]]:
    """Yield the labels (rows, cols) of each chip of which the folder has a mask.

    Pixels are class numbers; or, in a mask of colours, the colours of classes and black.

    Raises
    ------
    FileError
        If a mask cannot be read.
    InputError
        If it is of another size than its chip, or holds a number or a colour that is no class.
    """
    for chip in sheet.chips:
        path = folder / f"{chip.name}.png"
        if not path.is_file():
            continue
        pixels = _pixels(path, chip)
        classes.chip(path.name, pixels.shape[:2], path)
        labels = pixels.astype(np.int32) if pixels.ndim == 2 else _by_color(pixels, sheet, path)
        known = np.array([0, *(label.number for label in sheet.labels)])
        if not np.isin(found := np.unique(labels), known).all():
            raise InputError(f"{path} holds {found[~np.isin(found, known)][0]}, which is the number of no class")
        yield chip, labels


def _pixels(path: Path, chip: Chip) -> NDArray:
    """Return numbers (rows, cols) or colours (rows, cols, 3) of a picture; it is decoded only if its size is right."""
    try:
        with Image.open(path) as picture:
            if picture.size != (chip.cols, chip.rows):
                cols, rows = picture.size
                raise InputError(f"{path} has {rows} x {cols} pixels, but its chip {chip.rows} x {chip.cols}")
            return np.asarray(picture if picture.mode in _NUMBERS else picture.convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} is not a picture: {error}") from error
    except (OSError, SyntaxError) as error:
        if isinstance(error, InputError):
            raise
        raise FileError(f"cannot read {path}: {error}") from error


def _by_color(pixels: NDArray, sheet: Sheet, path: Path) -> NDArray[np.int32]:
    """Return the class of each colour."""
    code = pixels.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    known = {0: 0} | {int(label.color[1:], 16): label.number for label in sheet.labels}
    found, inverse = np.unique(code, return_inverse=True)
    if strange := [each for each in found.tolist() if each not in known]:
        raise InputError(f"{path} holds the colour #{strange[0]:06x}, which is that of no class")
    return np.array([known[each] for each in found.tolist()], np.int32)[inverse].reshape(code.shape)
