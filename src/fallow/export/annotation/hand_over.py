"""What all annotation formats share: an image cut into chips, their pictures, and the pieces in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError, check_choice
from fallow.export.annotation.chips import Chip, Label, Sheet, cut
from fallow.export.annotation.pieces import PieceFinder, Pieces
from fallow.export.annotation.shown import open_shown
from fallow.export.registry import SHEET
from fallow.raster import write_jpeg, write_png

if TYPE_CHECKING:
    from fallow.result import Segmentation
    from fallow.table import ClassTable

IMAGES = "images"
PICTURES = ("jpg", "png", "none")


class HandOver:
    """Write the pictures and the sheet of chips into a folder, and give what is in each chip, one at a time.

    Parameters
    ----------
    target
        The folder, which must not exist.
    by : "region" or "class"
        What the pieces are; see `PieceFinder`.
    chip
        Longest side of a chip in pixels; see `cut`.
    picture : "jpg", "png" or "none"
        How the image is written.
    image
        Where the image is now, when it is not where the recipe says.

    Raises
    ------
    InputError
        If an option is wrong, or the image is not found.
    FileError
        If a file cannot be read or written.
    """

    def __init__(
        self,
        result: Segmentation,
        target: Path,
        *,
        by: str,
        chip: int | None,
        picture: str,
        image: str | Path | None,
    ) -> None:
        check_choice("picture", picture, PICTURES)
        if picture == "none" and image is not None:
            raise InputError('image is for pictures, and picture "none" leaves them out')
        self._shown = None if picture == "none" else open_shown(result, image)
        self._target = target
        self.sheet = Sheet(
            result.name,
            result.shape,
            result.georeference,
            labels_of(result.table),
            cut(result.name, result.shape, chip),
            picture.removeprefix("none"),
        )
        self._finder = PieceFinder(result, self.sheet.labels, by)
        target.mkdir()
        self.sheet.write(target / SHEET)

    def __iter__(self) -> Iterator[tuple[Chip, Pieces]]:
        """Yield each chip and what is in it; its picture is written by then."""
        if self._shown is None:
            for chip in self.sheet.chips:
                yield chip, self._finder.find(chip)
            return
        (self._target / IMAGES).mkdir()
        write: Callable[[Path, NDArray[np.uint8]], None] = write_jpeg if self.sheet.pictures == "jpg" else write_png
        with closing(self._shown) as shown:
            for chip in self.sheet.chips:
                write(self._target / IMAGES / self.sheet.picture_of(chip), shown.read(chip.window))
                yield chip, self._finder.find(chip)


def labels_of(table: ClassTable) -> tuple[Label, ...]:
    """Return the classes as annotators see them; a name that two classes share, or that is empty, gets its number."""
    names = [" ".join(row.name.split()) for row in table]
    labels = []
    for row, name in zip(table, names, strict=True):
        is_alone = name and sum(name.casefold() == other.casefold() for other in names) == 1
        labels.append(Label(row.label, name if is_alone else f"{name} {row.label}".strip(), row.color))
    return tuple(labels)
