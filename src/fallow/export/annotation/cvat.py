"""CVAT: "CVAT for images 1.1", one XML file beside the chips' pictures, and the labels to paste."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.export.annotation.chips import Chip, Sheet
from fallow.export.annotation.classes import Classes
from fallow.export.annotation.hand_over import HandOver
from fallow.export.annotation.pieces import Pieces
from fallow.export.annotation.rings import as_ring, paint
from fallow.export.annotation.rle import box_counts, fill, runs_of
from fallow.export.annotation.xml_elements import elements
from fallow.raster.window import clip

if TYPE_CHECKING:
    from fallow.result import Segmentation

FILE, LABELS = "annotations.xml", "labels.json"


def write(
    result: Segmentation,
    target: Path,
    *,
    by: str = "region",
    chip: int | None = None,
    picture: str = "jpg",
    image: str | Path | None = None,
) -> None:
    """Write a folder with ``annotations.xml``, ``labels.json``, ``images/`` and ``chips.json``.

    Parameters
    ----------
    by : "region" or "class"
        One mask for each region of a chip, or for each class.
    chip, picture, image
        See `HandOver`.

    Raises
    ------
    InputError, FileError
        As `HandOver`.
    """
    chips = HandOver(result, target, by=by, chip=chip, picture=picture, image=image)
    labels = [{"name": each.name, "color": each.color, "attributes": []} for each in chips.sheet.labels]
    (target / LABELS).write_text(json.dumps(labels, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with (target / FILE).open("w", encoding="utf-8", newline="\n") as file:
        file.write(_head(chips.sheet))
        for number, (each, found) in enumerate(chips):
            name = quoteattr(chips.sheet.picture_of(each))
            file.write(f'  <image id="{number}" name={name} width="{each.cols}" height="{each.rows}">\n')
            _write_masks(file, each, found)
            file.write("  </image>\n")
        file.write("</annotations>\n")


def _head(sheet: Sheet) -> str:
    labels = "".join(
        f"        <label><name>{escape(each.name)}</name><color>{each.color}</color>"
        "<type>any</type><attributes></attributes></label>\n"
        for each in sheet.labels
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        "<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n"
        f"      <name>{escape(sheet.name)}</name>\n      <size>{len(sheet.chips)}</size>\n"
        "      <mode>annotation</mode>\n"
        f"      <labels>\n{labels}      </labels>\n    </task>\n  </meta>\n"
    )


def _write_masks(file: IO[str], chip: Chip, found: Pieces) -> None:
    runs = runs_of(found.numbers.ravel(), len(found.pieces))
    for piece in found.pieces:
        row0, row1, col0, col1 = piece.box
        counts = box_counts(*runs.of(piece.number), chip.cols, piece.box)
        file.write(
            f'    <mask label={quoteattr(piece.label.name)} source="auto" occluded="0" '
            f'rle="{", ".join(map(str, counts.tolist()))}" left="{col0}" top="{row0}" '
            f'width="{col1 - col0}" height="{row1 - row0}" z_order="0"></mask>\n'
        )


def names(where: Path) -> Iterator[str]:
    """Yield the names of the labels that an XML export uses, as often as they come."""
    for image in elements(where, "annotations", "image"):
        yield from (drawn.attrib["label"] for drawn in image if drawn.tag != "tag")


def read(where: Path, classes: Classes) -> Iterator[tuple[Chip, NDArray[np.int32]]]:
    """Yield the labels (rows, cols) of each chip of an XML export, one image in memory at a time.

    What has a greater ``z_order`` lies on top, of equals the later.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it is not what CVAT exports, or is not of the chips.
    """
    for image in elements(where, "annotations", "image"):
        shape = int(image.attrib["height"]), int(image.attrib["width"])
        chip = classes.chip(image.attrib["name"], shape, where)
        labels = np.zeros(chip.shape, np.int32)
        what = f"image {chip.name} of {where.name}"
        for drawn in sorted(image, key=lambda each: int(each.get("z_order", 0))):
            if drawn.tag == "tag":  # of the whole picture
                continue
            _paint(drawn, labels, classes, what)
        yield chip, labels


def _paint(drawn: Element, labels: NDArray[np.int32], classes: Classes, what: str) -> None:
    """Paint one shape into the labels of its chip."""
    number = classes.number_of(drawn.attrib["label"])
    if drawn.tag == "mask":
        col0, row0, cols, rows = (int(drawn.attrib[name]) for name in ("left", "top", "width", "height"))
        box = (row0, row0 + rows, col0, col0 + cols)
        if min(*box, rows, cols) < 0 or clip(box, (labels.shape[0], labels.shape[1])) != box:
            raise InputError(f"a mask of {what} reaches beyond the picture")
        counts = np.array(drawn.attrib["rle"].split(","), np.int64)
        total = rows * cols
        if counts.sum() < total:  # what comes last, outside, may be left out
            counts = np.concatenate((counts, [0] * (len(counts) % 2), [total - counts.sum()]))
        mask = np.zeros(total, np.int32)
        fill(mask, counts, 1, f"a mask of {what}")
        labels[row0 : row0 + rows, col0 : col0 + cols][mask.reshape(rows, cols) > 0] = number
    elif drawn.tag == "polygon":
        points = [point.split(",") for point in drawn.attrib["points"].split(";")]
        paint(labels, [as_ring(points, what)], number)
    else:
        raise InputError(f"{what} holds a {drawn.tag!r}; only masks and polygons can be joined")
