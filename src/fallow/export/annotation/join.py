"""Corrected chips, put together to one map of classes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import FallowError, FileError, InputError, check_choice, writing
from fallow.export.annotation import coco, cvat, label_studio, masks
from fallow.export.annotation.chips import Chip, Label, Sheet, read_json, read_sheet
from fallow.export.annotation.classes import Classes
from fallow.export.qgis import class_style
from fallow.export.rasters import attribute_table
from fallow.raster import GeoTiffSink, smallest_dtype, whole_file
from fallow.table import ClassRow, ClassTable

MISSING = ("fail", "nodata")
_LISTED = 3  # of missing chips

Chips = Iterator[tuple[Chip, NDArray[np.int32]]]


@dataclass(frozen=True)
class Joined:
    """What was joined.

    Attributes
    ----------
    path : Path
        Of the GeoTIFF.
    n_chips : int
        How many were read.
    missing : tuple of str
        Chips that were not there and are no data.
    classes : tuple of Label
        All classes: number, name, colour.
    added : tuple of Label
        Those that the annotators have added.
    """

    path: Path
    n_chips: int
    missing: tuple[str, ...]
    classes: tuple[Label, ...]
    added: tuple[Label, ...]

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"path": str(self.path)}


def join_chips(
    folder: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    labels: str | os.PathLike[str] | None = None,
    missing: str = "fail",
    overwrite: bool = False,
) -> Joined:
    """Put the chips of an annotation export together to one label map, after they were corrected.

    Pixels are held a chip at a time; of COCO and Label Studio files all the text.

    Parameters
    ----------
    folder
        What `Segmentation.export` wrote: it has ``chips.json``.
    target
        The GeoTIFF to write: classes, 0 is no data; with the image's georeference and the classes' colours. Their names
        go into a raster attribute table and a QGIS style beside it.
    labels
        What came back from the tool: a COCO or Label Studio file (.json), a CVAT file (.xml), or a folder of masks
        (.png). Default: the labels in `folder`.
    missing : "fail" or "nodata"
        What is done about a chip that did not come back.
    overwrite : bool
        Replace the target.

    Raises
    ------
    InputError
        If something that came back is damaged or not of these chips, a chip is missing, or the target exists.
    FileError
        If a file cannot be read or written.
    """
    check_choice("missing", missing, MISSING)
    sheet, target = read_sheet(Path(folder)), Path(target)
    where = _find(Path(folder)) if labels is None else Path(labels)
    beside = target.with_suffix(".qml"), target.with_name(f"{target.name}.aux.xml")
    if held := [path for path in (target, *beside) if path.exists() and not overwrite]:
        raise InputError(f"{held[0]} exists already; say --overwrite (overwrite=True) or another target")
    with _understood(where):
        names, read = _reader(where, sheet)
        classes = Classes(sheet, names)
    left = dict.fromkeys(chip.name for chip in sheet.chips)
    colors = {label.number: label.rgb for label in classes.labels}
    dtype = smallest_dtype(max(colors, default=0))
    area = np.zeros(max(colors, default=0) + 1, np.int64)
    with GeoTiffSink(
        target, sheet.shape, dtype=dtype, nodata=0, georeference=sheet.georeference, colors=colors
    ) as sink:
        with _understood(where):
            for chip, values in read(classes):
                sink.write(chip.window, values)
                area += np.bincount(values.ravel(), minlength=len(area))
                del left[chip.name]
        if left and missing == "fail":
            listed = ", ".join(list(left)[:_LISTED]) + (", ..." if len(left) > _LISTED else "")
            raise InputError(
                f"{len(left)} of {len(sheet.chips)} chips are not in {where}: {listed}; "
                'say --missing nodata (missing="nodata") to leave them empty'
            )
        for chip in sheet.chips:
            if chip.name in left:
                sink.write(chip.window, np.zeros(chip.shape, dtype))
    legend = [(label.number, label.name, label.color) for label in classes.labels]
    for path, text in zip(beside, (class_style(legend), attribute_table(_table(classes, sheet, area))), strict=True):
        with whole_file(path) as temporary, writing(path):
            temporary.write_text(text, encoding="utf-8")
    return Joined(target, len(sheet.chips) - len(left), tuple(left), classes.labels, classes.added)


def _table(classes: Classes, sheet: Sheet, area: NDArray[np.int64]) -> ClassTable:
    """Return the areas of the classes; area is that of each number from 0."""
    pixel = None if sheet.georeference is None else sheet.georeference.pixel_area_m2(sheet.shape)
    total = max(1, int(area[1:].sum()))
    rows = []
    for label in classes.labels:
        pixels = int(area[label.number])
        ground = None if pixel is None else pixels * pixel
        rows.append(ClassRow(label.number, label.name, label.color, pixels, ground, pixels / total, (), ()))
    return ClassTable(tuple(rows), ())


def _reader(where: Path, sheet: Sheet) -> tuple[Iterable[str], Callable[[Classes], Chips]]:
    """Return the names of classes that labels use, and what reads the labels chip by chip."""
    if where.is_dir():
        return (), lambda classes: masks.read(where, sheet, classes)
    if not where.exists():
        raise FileError(f"there is no {where}")
    if where.suffix.lower() == ".xml":
        return cvat.names(where), lambda classes: cvat.read(where, classes)
    if where.suffix.lower() != ".json":
        raise InputError(f"{where} must be a .json or .xml file or a folder of masks; unpack what a tool has packed")
    record = read_json(where)
    if isinstance(record, list):
        return label_studio.names(record), lambda classes: label_studio.read(record, classes, where)
    if not isinstance(record, dict) or "annotations" not in record:
        raise InputError(f"{where} is neither of COCO (it has no annotations) nor of Label Studio (a list of tasks)")
    return coco.names(record), lambda classes: coco.read(record, classes, where)


def _find(folder: Path) -> Path:
    """Return the labels in an exported folder."""
    for name in (coco.FILE, label_studio.FILE, cvat.FILE, masks.FOLDER):
        if (folder / name).exists():
            return folder / name
    raise InputError(f"{folder} holds no labels; say with --labels (labels=) where they are")


@contextmanager
def _understood(where: Path) -> Iterator[None]:
    """Turn what goes wrong in a file of another form than expected into one line."""
    try:
        yield
    except FallowError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise InputError(f"{where} is damaged, or not what the tool exports: {error!r}") from error
