"""The recipe of edits: lines in their order, and the file that holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fallow.edits.apply import apply_line
from fallow.edits.board import Board
from fallow.edits.line import Line, check_line, is_of_one_image, write_line
from fallow.errors import FileError, InputError, writing
from fallow.raster import whole_file

FORMAT = 1
MOST_LINES, MOST_BYTES = 10_000, 16 << 20


@dataclass(frozen=True)
class Edits(Sequence[Line]):
    """Lines of edits in the order in which they are made; to undo one, leave it out.

    Examples
    --------
    >>> edits = Edits.of([{"do": "merge", "classes": [2, 5]}, {"do": "name", "class": 2, "name": "wheat"}])
    >>> print(edits.text(), end="")
    format = 1
    edits = [
      {do = "merge", classes = [2, 5]},
      {do = "name", class = 2, name = "wheat"},
    ]
    """

    lines: tuple[Line, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: Any) -> Any:
        return self.lines[index]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    @classmethod
    def of(cls, lines: Iterable[Any]) -> Edits:
        """Check lines and take them.

        Raises
        ------
        InputError
            If one is no edit; the message tells which.
        """
        checked: list[Line] = []
        for number, line in enumerate(lines, 1):
            if number > MOST_LINES:
                raise InputError(f"there are more than {MOST_LINES} edits")
            with _at_line(number):
                checked.append(check_line(line))
        return cls(tuple(checked))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Edits:
        """Read an ``edits.toml``.

        Raises
        ------
        FileError
            If it cannot be read.
        InputError
            If it is no recipe of edits.
        """
        import tomllib  # compiles its patterns when imported

        try:
            if Path(path).stat().st_size > MOST_BYTES:
                raise InputError(f"{path} is larger than a recipe of edits can be")
            held = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"{path} is not a recipe of edits: {error}") from error
        if held.get("format") != FORMAT or not isinstance(held.get("edits"), list):
            raise InputError(f"{path} is not a recipe of edits: it must hold format = {FORMAT} and a list of edits")
        try:
            return cls.of(held["edits"])
        except InputError as error:
            raise InputError(f"{path}, {error}") from error

    def text(self) -> str:
        """Return the file, one line an edit."""
        lines = "".join(f"  {write_line(line)},\n" for line in self.lines)
        return f"format = {FORMAT}\nedits = [\n{lines}]\n"

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write an ``edits.toml``; it appears under its name only when whole."""
        path = Path(path)
        with whole_file(path) as temporary, writing(path):
            temporary.write_text(self.text(), encoding="utf-8")
        return path

    def of_classes(self) -> Edits:
        """Return the lines that mean the same in every image of a model: those that name no region and no scale."""
        return Edits(tuple(line for line in self.lines if not is_of_one_image(line)))

    def check_elsewhere(self) -> Edits:
        """Return `of_classes` if these lines can be applied to another image.

        Raises
        ------
        InputError
            If a line depends on the image it was made for: other numbers of classes, or a split without its centers.
        """
        for number, line in enumerate(self.lines, 1):
            if line["do"] == "classes":
                raise InputError(
                    f"line {number}: another number of classes is of one image; fit a model with so many instead"
                )
            if line["do"] == "split" and "class" in line and "centers" not in line:
                raise InputError(
                    f"line {number}: the split has no centers; take the edits.toml that fallow edit wrote into a result"
                )
        return self.of_classes()

    def apply(self, board: Board) -> tuple[Board, Edits]:
        """Make the edits, one after the other; return what they lead to, and the lines with all that was decided.

        Raises
        ------
        InputError
            If one cannot be made; the message tells which.
        """
        done: list[Line] = []
        for number, line in enumerate(self.lines, 1):
            with _at_line(number):
                board, line = apply_line(board, line)
            done.append(line)
        return board, Edits(tuple(done))


class _at_line:
    """Say in an error which line it comes from."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, at: Any) -> None:
        if isinstance(error, InputError):
            raise InputError(f"line {self._number}: {error}") from error
