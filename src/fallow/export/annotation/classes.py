"""The classes and chips that come back: known by name, and new ones that an annotator has added."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fallow.errors import InputError
from fallow.export.annotation.chips import MOST, Chip, Label, Sheet
from fallow.render.palette import as_hex, class_color


class Classes:
    """The classes of a sheet, and those that annotators have added.

    Parameters
    ----------
    names
        All that occur; new ones are numbered from the largest number on, in their order.

    Attributes
    ----------
    labels, added : tuple of Label
        All of them, and the new ones alone.

    Raises
    ------
    InputError
        If there are more than 65,535.
    """

    def __init__(self, sheet: Sheet, names: Iterable[str]) -> None:
        self._sheet = sheet
        self._number = {label.name: label.number for label in sheet.labels}
        last = max(self._number.values(), default=0)
        new = [name for name in dict.fromkeys(names) if name not in self._number]
        if last + len(new) > MOST:
            raise InputError(f"classes can be numbered up to {MOST}, but {len(new)} new ones follow number {last}")
        self.added = tuple(Label(n, name, as_hex(class_color(n))) for n, name in enumerate(new, last + 1))
        self.labels = (*sheet.labels, *self.added)
        self._number |= {label.name: label.number for label in self.added}
        self._met: set[str] = set()

    def number_of(self, name: str) -> int:
        """Return the number of the class of a name."""
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
            raise InputError(
                f"{chip.name} in {where} has {rows} x {cols} pixels, but the chip {chip.rows} x {chip.cols}"
            )
        self._met.add(chip.name)
        return chip
