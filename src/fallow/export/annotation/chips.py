"""Chips of a large image, and the sheet that says where each came from, so that they can be put together again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from fallow.errors import FileError, InputError
from fallow.export.registry import SHEET
from fallow.raster import Georeference, Window

FORMAT = 1
CHIP = 1024
WHOLE = 2048  # an image that is no longer on any side is one chip, unless said otherwise
LEAST = 64
PLAIN = r"[\w.-]+"  # names of chips, which become names of files
MOST = 0xFFFF  # the largest number of a class that has a colour in a GeoTIFF
MOST_PIXELS = 1 << 28  # of one chip: 268 megapixels, a sixteenth of what Label Studio can count


@dataclass(frozen=True)
class Chip:
    """A part of an image: its name, the row and column of its first pixel, and its size."""

    name: str
    row: int
    col: int
    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def window(self) -> Window:
        """Its place in the image."""
        return self.row, self.row + self.rows, self.col, self.col + self.cols


@dataclass(frozen=True)
class Label:
    """A class as an annotator sees it: number, name (told apart from all others), colour #rrggbb."""

    number: int
    name: str
    color: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        red, green, blue = bytes.fromhex(self.color[1:])
        return red, green, blue


@dataclass(frozen=True)
class Sheet:
    """What joins chips: the image's name, shape and place, its classes, its chips, and the ending of their pictures.

    Attributes
    ----------
    pictures : "jpg", "png" or ""
        "" where there are none.
    """

    name: str
    shape: tuple[int, int]
    georeference: Georeference | None
    labels: tuple[Label, ...]
    chips: tuple[Chip, ...]
    pictures: str = ""

    def chip_of(self, name: str) -> Chip | None:
        """Return the chip that a picture's name, path or address means; None if there is none.

        Label Studio puts eight characters before the names of pictures that are uploaded.
        """
        stem = re.split(r"[/\\=]", name)[-1]
        stem = stem if stem in self._by_name else stem.rpartition(".")[0]
        return self._by_name.get(stem) or self._by_name.get(re.sub("^[0-9a-f]{8}-", "", stem))

    def picture_of(self, chip: Chip) -> str:
        """Return the file name of a chip's picture, which tools need even where it was not written."""
        return f"{chip.name}.{self.pictures or 'png'}"

    @cached_property
    def _by_name(self) -> dict[str, Chip]:
        return {chip.name: chip for chip in self.chips}

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        place = None if self.georeference is None else asdict(self.georeference)
        head: dict[str, Any] = {"format": FORMAT, "name": self.name, "rows": self.shape[0], "cols": self.shape[1]}
        head |= {"pictures": self.pictures, "georeference": place}
        lists = {"classes": map(_class_record, self.labels), "chips": map(asdict, self.chips)}
        lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        for key, records in lists.items():
            listed = ",\n  ".join(json.dumps(record, ensure_ascii=False) for record in records)
            lines.append(f"{json.dumps(key)}: [\n  {listed}\n ]")
        path.write_text("{" + ",\n ".join(lines) + "}\n", encoding="utf-8")


def read_sheet(folder: Path) -> Sheet:
    """Read the chips.json of an exported folder.

    Raises
    ------
    FileError
        If there is none, or it cannot be read.
    InputError
        If it is damaged.
    """
    path = folder / SHEET
    record = read_json(path)
    try:
        if record["format"] != FORMAT:
            raise InputError(f"{path} is of format {record['format']!r}, this version reads {FORMAT}")
        place = record["georeference"]
        sheet = Sheet(
            str(record["name"]),
            (_whole(record["rows"]), _whole(record["cols"])),
            place if place is None else Georeference(place["crs"], place["transform"] and tuple(place["transform"])),
            tuple(Label(_whole(each["class"]), str(each["name"]), str(each["color"])) for each in record["classes"]),
            tuple(
                Chip(str(each["name"]), *(_whole(each[key]) for key in ("row", "col", "rows", "cols")))
                for each in record["chips"]
            ),
            str(record["pictures"]),
        )
        _check(sheet)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is damaged: {error!r}") from error
    return sheet


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {str(error) or 'nested too deep'}") from error


def cut(name: str, shape: tuple[int, int], chip: int | None) -> tuple[Chip, ...]:
    """Cut an image into chips of about the same size, none larger than `chip`, row by row.

    Parameters
    ----------
    chip
        Longest side in pixels. Default: 1024, and images of at most 2048 x 2048 are left whole.

    Raises
    ------
    InputError
        If it is less than 64.

    >>> [(chip.row, chip.rows) for chip in cut("a", (2600, 900), 1024)]
    [(0, 867), (867, 867), (1734, 866)]
    """
    if chip is None:
        chip = CHIP if max(shape) > WHOLE else WHOLE
    if isinstance(chip, bool) or not isinstance(chip, int) or chip < LEAST:
        raise InputError(f"chip must be a number of pixels of at least {LEAST}, got {chip!r}")
    if min(chip, shape[0]) * min(chip, shape[1]) > MOST_PIXELS:
        raise InputError(f"chips of {chip} pixels a side are more than annotation tools can hold; choose 4096 or less")
    stem = re.sub(r"[^\w.-]+", "_", name)
    return tuple(
        Chip(f"{stem}_r{row:05}_c{col:05}", row, col, rows, cols)
        for row, rows in _parts(shape[0], chip)
        for col, cols in _parts(shape[1], chip)
    )


def _parts(side: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yield the start and length of parts of equal length, but for a pixel."""
    n = -(-side // longest)
    start = 0
    for part in range(n):
        length = side // n + (part < side % n)
        yield start, length
        start += length


def _class_record(label: Label) -> dict[str, Any]:
    return {"class": label.number, "name": label.name, "color": label.color}


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"a whole number was expected in {SHEET}, got {value!r}")
    return value


def _check(sheet: Sheet) -> None:
    """Refuse a sheet whose chips are not the image, each pixel once."""
    rows, cols = sheet.shape
    numbers = [label.number for label in sheet.labels]
    if len({chip.name for chip in sheet.chips}) < len(sheet.chips) or len(set(numbers)) < len(numbers):
        raise InputError(f"{SHEET} names a chip or a class twice")
    if not all(re.fullmatch(PLAIN, chip.name) for chip in sheet.chips):
        raise InputError(f"a chip of {SHEET} has a name that is not plain")
    if any(not 1 <= number <= MOST for number in numbers):
        raise InputError(f"classes of {SHEET} must be numbered from 1 to {MOST}")
    for label in sheet.labels:
        if not re.fullmatch("#[0-9a-fA-F]{6}", label.color):
            raise InputError(f"the colour of a class in {SHEET} must be #rrggbb, got {label.color!r}")
    inside = all(
        chip.rows > 0
        and chip.cols > 0
        and chip.rows * chip.cols <= MOST_PIXELS
        and chip.row + chip.rows <= rows
        and chip.col + chip.cols <= cols
        for chip in sheet.chips
    )
    if not inside or sum(chip.rows * chip.cols for chip in sheet.chips) != rows * cols or _overlap(sheet.chips):
        raise InputError(f"the chips of {SHEET} must cover its {rows} x {cols} pixels once")


def _overlap(chips: tuple[Chip, ...]) -> bool:
    """Say whether two chips share a pixel: chips in columns of equal width, as `cut` makes them, do not."""
    ends: dict[tuple[int, int], int] = {}
    for chip in sorted(chips, key=lambda chip: (chip.row, chip.col)):
        column = (chip.col, chip.cols)
        if ends.get(column, 0) != chip.row:
            return True
        ends[column] = chip.row + chip.rows
    spans = sorted(ends)
    return any(col + cols != following for (col, cols), (following, _) in pairwise(spans))
