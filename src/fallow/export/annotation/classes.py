"""The classes and chips that come back: known by name, and new ones that an annotator has added."""

from __future__ import annotations

from pathlib import Path

from fallow.errors import InputError
from fallow.export.annotation.chips import Chip, Label, Sheet
from fallow.render.palette import as_hex, class_color


class Classes:
    """The classes of a sheet, and more as they are met.

    Attributes
    ----------
    labels : list of Label
        Known ones first.
    added : list of Label
        Those that the sheet does not have.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._number = {label.name: label.number for label in sheet.labels}
        self._met: set[str] = set()
        self.added: list[Label] = []

    @property
    def labels(self) -> list[Label]:
        return [*self._sheet.labels, *self.added]

    def number_of(self, name: str) -> int:
        """Return the number of the class of a name; a new name gets the next number.

        Raises
        ------
        InputError
            If there are more than 65,535.
        """
        if name not in self._number:
            number = max(self._number.values(), default=0) + 1
            if number > 0xFFFF:
                raise InputError(f"there are more than {0xFFFF} classes")
            self._number[name] = number
            self.added.append(Label(number, name, as_hex(class_color(number))))
        return self._number[name]

    def chip(self, name: str, shape: tuple[object, object] | None, where: Path) -> Chip:
        """Return the chip of a picture's name, once.

        Raises
        ------
        InputError
            If there is none, or it is of another shape (rows, cols) where one is known, or comes a second time.
        """
        chip = self._sheet.chip_of(name)
        if chip is None:
            raise InputError(f"{where} has a picture {name!r} that is no chip of {self._sheet.name}")
        if chip.name in self._met:
            raise InputError(f"{where} has the chip {chip.name} twice")
        if shape is not None and tuple(shape) != chip.shape:
            rows, cols = shape
            raise InputError(f"{chip.name} in {where} has {rows} x {cols} pixels, but the chip {chip.rows} x {chip.cols}")
        self._met.add(chip.name)
        return chip
