"""The classes of a result as a table: colour, area, share, and what the bands say of each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fallow.errors import FileError, InputError
from fallow.render.palette import Color, as_hex, class_color, from_hex


@dataclass(frozen=True)
class ClassRow:
    """One class: number, name, colour (#rrggbb), area in pixels and m² (None without georeference), share of the valid
    pixels (0..1), mean and deviation per band."""

    label: int
    name: str
    color: str
    area: int
    area_m2: float | None
    share: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


@dataclass(frozen=True)
class ClassTable(Sequence[ClassRow]):
    """The classes of a result, one row each; prints as a table."""

    rows: tuple[ClassRow, ...]
    band_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    @property
    def colors(self) -> dict[int, Color]:
        """The colour of each class number."""
        return {row.label: from_hex(row.color) for row in self.rows}

    def palette(self, n: int = 0) -> list[Color]:
        """Return the colours of class numbers 1 to the largest, or to `n`; those that no class has get one as well."""
        colors = self.colors
        return [colors.get(label, class_color(label)) for label in range(1, max(n, *colors) + 1)]

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield flat dictionaries, as for ``pandas.DataFrame(table.records())``."""
        for row in self.rows:
            record: dict[str, Any] = {"class": row.label, "name": row.name, "color": row.color, "area_px": row.area}
            record |= {"area_m2": row.area_m2, "share": row.share}
            record |= {f"mean {name}": value for name, value in zip(self.band_names, row.mean, strict=True)}
            record |= {f"deviation {name}": value for name, value in zip(self.band_names, row.deviation, strict=True)}
            yield record

    def to_csv(self, path: Path) -> None:
        """Write one line a class, under a line of names."""
        records = list(self.records())
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, records[0])
            writer.writeheader()
            for record in records:
                writer.writerow({k: f"{v:.10g}" if isinstance(v, float) else v for k, v in record.items()})

    @classmethod
    def from_csv(cls, path: Path) -> ClassTable:
        """Read what `to_csv` wrote.

        Raises
        ------
        FileError
            If it cannot be read.
        InputError
            If it is no such table.
        """
        try:
            with path.open(newline="", encoding="utf-8") as file:
                records = list(csv.DictReader(file))
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}") from error
        try:
            bands = tuple(name.removeprefix("mean ") for name in records[0] if name.startswith("mean "))
            return cls(tuple(_row(record, bands) for record in records), bands)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise InputError(f"{path} is not a table of classes: {error!r}") from error

    def __str__(self) -> str:
        shown = self.band_names[:6]
        is_named = any(row.name != default_name(row.label) for row in self.rows)
        names = ["name"] if is_named else []
        ground = [] if self.rows[0].area_m2 is None else ["hectares"]
        head = ["class", *names, "color", "pixels", "share", *ground, *shown]
        lines = [head]
        for row in self.rows:
            ground = [] if row.area_m2 is None else [f"{row.area_m2 / 1e4:,.2f}"]
            means = [f"{value:.4g}" for value in row.mean[: len(shown)]]
            name = [row.name] if is_named else []
            lines.append([str(row.label), *name, row.color, f"{row.area:,}", f"{row.share:.1%}", *ground, *means])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines)


def default_name(label: int) -> str:
    """Return what a class is called until somebody names it."""
    return f"class {label}"


def _row(record: dict[str, str], bands: tuple[str, ...]) -> ClassRow:
    """Read one line of a table."""
    return ClassRow(
        label=int(record["class"]),
        name=record["name"],
        color=record["color"],
        area=int(record["area_px"]),
        area_m2=float(record["area_m2"]) if record["area_m2"] else None,
        share=float(record["share"]),
        mean=tuple(float(record[f"mean {band}"]) for band in bands),
        deviation=tuple(float(record[f"deviation {band}"]) for band in bands),
    )


def class_rows(
    area: np.ndarray, mean: np.ndarray, deviation: np.ndarray, pixel_area_m2: float | None
) -> tuple[ClassRow, ...]:
    """Build the rows of a `ClassTable` from what was measured."""
    total = max(1, int(area.sum()))
    return tuple(
        ClassRow(
            label=label,
            name=default_name(label),
            color=as_hex(class_color(label)),
            area=int(area[label - 1]),
            area_m2=None if pixel_area_m2 is None else float(area[label - 1] * pixel_area_m2),
            share=float(area[label - 1] / total),
            mean=tuple(map(float, mean[label - 1])),
            deviation=tuple(map(float, deviation[label - 1])),
        )
        for label in range(1, len(area) + 1)
    )
