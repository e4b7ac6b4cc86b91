"""What a comparison answers: a ranked table, a contact sheet, and the winner as a recipe."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from fallow.comparison.choices import Combination
from fallow.comparison.judge import Figures
from fallow.errors import writing
from fallow.labels.match import match
from fallow.raster import write_png
from fallow.render.overlay import blend
from fallow.render.palette import class_color
from fallow.render.sheet import FIRST, TIED, Frame, Gauge, contact_sheet
from fallow.render.stretch import stretch
from fallow.saving import check_free
from fallow.staging import staging

WINNER = "winner.toml"  # written last: a folder that has it holds a whole comparison
FILES = (WINNER, "comparison.csv", "sheet.png")
SHOWN, PRINTED = 23, 12  # with the image, 24 frames


@dataclass(frozen=True)
class Compared:
    """One combination.

    Attributes
    ----------
    rank : int
        From 1.
    score : float
        What it was ranked by.
    is_tied : bool
        Whether it cannot be told from the first: see `fallow.comparison.rank`.
    classes : (cell rows, cell cols) int32
        Its classes of the first image as a small map, numbered by size; 0 is no data.
    """

    combination: Combination
    figures: Figures
    rank: int
    score: float
    is_tied: bool
    classes: np.ndarray

    def record(self) -> dict[str, Any]:
        """Return it as a flat dictionary, one line of ``comparison.csv``."""
        return {
            "rank": self.rank,
            "tied": self.is_tied,
            **vars(self.combination),
            "score": self.score,
            **vars(self.figures),
        }


@dataclass(repr=False)
class Comparison(Sequence[Compared]):
    """Combinations, best first.

    Attributes
    ----------
    name : str
        Of the image that is shown.
    verdict : str
        A sentence: whether the first differs from the next by more than noise.
    notes : list of str
        What was left out, and why.
    picture : (cell rows, cell cols, 3) float32
        The image that is shown, NaN where no data.
    recipe : dict
        What ``winner.toml`` will hold: a recipe that ``fallow segment`` and ``fallow fit`` take.
    """

    name: str
    compared: tuple[Compared, ...]
    verdict: str
    notes: list[str]
    picture: np.ndarray
    is_8bit: bool
    recipe: dict[str, Any]

    def __len__(self) -> int:
        return len(self.compared)

    def __getitem__(self, index: Any) -> Any:
        return self.compared[index]

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield flat dictionaries, as for ``pandas.DataFrame(comparison.records())``."""
        return (each.record() for each in self)

    def sheet(self) -> np.ndarray:
        """Draw the image and the maps of the 23 best: (height, width, 3) uint8.

        Classes have the colours of those of the first map that they lie on.
        """
        picture = stretch(self.picture, is_8bit=self.is_8bit)
        frames = [Frame(picture, self.name, "the image")]
        for each in self[:SHOWN]:
            classes = match(each.classes, like=self[0].classes)
            colors = [class_color(label) for label in range(1, int(classes.max(initial=0)) + 1)]
            border = FIRST if each.rank == 1 else TIED if each.is_tied else None
            frames.append(Frame(blend(picture, classes, colors), *_caption(each), _gauges(each.figures), border))
        lines = [self.verdict, "A thin line over a bar is what other samples make of the figure."]
        if self[0].is_tied:
            lines[1] += " Framed: the first (dark), and what cannot be told from it (light)."
        title = f"{self.name}: {len(self)} combinations"
        if len(self) > SHOWN:
            title += f", the first {SHOWN}"
        return contact_sheet(frames, title, lines)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write ``comparison.csv``, ``sheet.png`` and ``winner.toml``; each appears only when all are whole.

        Raises
        ------
        InputError
            If the folder already holds a comparison, or a file of the name of one, and `overwrite` is not said.
        FileError
            If the folder cannot be written.
        """
        folder = check_folder(folder, overwrite=overwrite)
        with staging(folder) as hidden, writing(folder):
            self._write_table(hidden / "comparison.csv")
            write_png(hidden / "sheet.png", self.sheet())
            (hidden / WINNER).write_bytes(tomli_w.dumps(self.recipe).encode())
            (folder / WINNER).unlink(missing_ok=True)
            for name in reversed(FILES):
                os.replace(hidden / name, folder / name)
        return folder

    def _write_table(self, path: Path) -> None:
        records = list(self.records())
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, records[0])
            writer.writeheader()
            for record in records:
                writer.writerow({k: f"{v:.6f}" if isinstance(v, float) else v for k, v in record.items()})

    def __str__(self) -> str:
        lines = [["rank", "features", "method", "classes", "stability", "separation"]]
        for each in self[:PRINTED]:
            what, figures = each.combination, each.figures
            stable = f"{figures.stability:.2f} ± {figures.stability_noise:.2f}"
            apart = f"{figures.separation:.2f} ± {figures.separation_noise:.2f}"
            rank = f"{each.rank}{'=' if each.is_tied else ' '}"
            lines.append([rank, what.features, what.method, str(what.classes), stable, apart])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = []
        for rank, features, method, *numbers in lines:
            texts = features.ljust(widths[1]), method.ljust(widths[2])
            table.append("  ".join([rank.rjust(widths[0]), *texts, *map(str.rjust, numbers, widths[3:])]))
        more = [f"... and {len(self) - PRINTED} more"] if len(self) > PRINTED else []
        return "\n".join([*table, *more])


def check_folder(folder: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Return the folder if a comparison may be written there, before any work is done; as `check_free`."""
    return check_free(folder, overwrite=overwrite, files=FILES, kind="a comparison")


def _caption(each: Compared) -> tuple[str, str]:
    what = each.combination
    features = what.features.replace(",", ", ")
    return f"{each.rank}{'=' if each.is_tied else ''}  {features}", f"{what.method}, {what.classes} classes"


def _gauges(figures: Figures) -> tuple[Gauge, ...]:
    return (
        Gauge("stability", figures.stability, figures.stability_noise),
        Gauge("separation", figures.separation, figures.separation_noise),
    )
