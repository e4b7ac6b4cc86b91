"""Label Studio: tasks with pre-annotations, and the labelling interface with the classes' names and colours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError, check_choice
from fallow.export.annotation.brush import pack, unpack
from fallow.export.annotation.chips import Chip, Label, Sheet
from fallow.export.annotation.classes import Classes
from fallow.export.annotation.hand_over import IMAGES, HandOver
from fallow.export.annotation.listing import Listing
from fallow.export.annotation.pieces import Piece, Pieces
from fallow.export.annotation.rings import Ring, as_ring, paint, rings_of
from fallow.export.annotation.rle import counts_of, runs_of

if TYPE_CHECKING:
    from fallow.result import Segmentation

FILE, INTERFACE = "tasks.json", "config.xml"
SHAPES = ("brush", "polygon")
KINDS = ("brushlabels", "polygonlabels")
LOCAL_FILES = "/data/local-files/?d="
_DIGITS = 9  # of percent: a millionth of a pixel


def write(
    result: Segmentation,
    target: Path,
    *,
    by: str = "class",
    shapes: str = "brush",
    simplify: float = 0,
    chip: int | None = None,
    picture: str = "jpg",
    image: str | Path | None = None,
    image_url: str | None = None,
) -> None:
    """Write a folder with ``tasks.json``, ``config.xml``, ``images/`` and ``chips.json``.

    Parameters
    ----------
    by : "region" or "class"
        One shape for each class of a chip, or for each region.
    shapes : "brush" or "polygon"
        Masks that a brush made; or polygons. A polygon there has no hole: a piece with holes becomes several.
    simplify
        How far polygons may move, in pixels, so that they have fewer points. Default: along the sides of pixels.
    chip, picture, image
        See `HandOver`.
    image_url
        What is put before a picture's name to make its address. Default: ``/data/local-files/?d=NAME/images/``, with
        the name of the folder: its parent is then Label Studio's root of local files.

    Raises
    ------
    InputError, FileError
        As `HandOver`, and if there are no such shapes, or `simplify` is not for them.
    """
    if check_choice("shapes", shapes, SHAPES) == "brush" and simplify:
        raise InputError('simplify is for polygons; say --shapes polygon (shapes="polygon") as well')
    chips = HandOver(result, target, by=by, chip=chip, picture=picture, image=image)
    before = f"{LOCAL_FILES}{target.name}/{IMAGES}/" if image_url is None else image_url
    (target / INTERFACE).write_text(interface(chips.sheet.labels), encoding="utf-8")
    with Listing(target / FILE, is_list=True) as listing:
        listing.values("", (_task(chips.sheet, *each, shapes, simplify, before) for each in chips))


def interface(labels: tuple[Label, ...]) -> str:
    """Return the labelling interface as XML: a brush and polygons with the same classes."""
    listed = "\n".join(
        f"    <Label value={quoteattr(label.name)} background={quoteattr(label.color)}/>" for label in labels
    )
    return (
        "<View>\n"
        '  <Image name="image" value="$image" zoom="true" zoomControl="true" rotateControl="false"/>\n'
        f'  <BrushLabels name="brush" toName="image">\n{listed}\n  </BrushLabels>\n'
        f'  <PolygonLabels name="polygon" toName="image" strokeWidth="1">\n{listed}\n  </PolygonLabels>\n'
        "</View>\n"
    )


def _task(sheet: Sheet, chip: Chip, found: Pieces, shapes: str, simplify: float, before: str) -> dict[str, Any]:
    n = len(found.pieces)
    drawn: list[list[dict[str, Any]]] = []
    if shapes == "brush":
        runs = runs_of(found.numbers.ravel(), n)
        packed = (pack(counts_of(*runs.of(number), found.numbers.size)) for number in range(1, n + 1))
        drawn = [[{"format": "rle", "rle": each.tolist()}] for each in packed]
    else:
        drawn = [[_percent(ring, chip) for ring in rings] for rings in rings_of(found.numbers, n, simplify)]
    results = [
        _result(chip, piece, shapes, value, part)
        for piece, values in zip(found.pieces, drawn, strict=True)
        for part, value in enumerate(values, 1)
    ]
    area = sum(piece.area for piece in found.pieces)
    score = sum(piece.area * piece.confidence for piece in found.pieces) / area if area else 0.0
    return {
        "data": {"image": before + sheet.picture_of(chip), "chip": chip.name},
        "predictions": [{"model_version": "fallow", "score": round(score, 4), "result": results}],
    }


def _result(chip: Chip, piece: Piece, shapes: str, value: dict[str, Any], part: int) -> dict[str, Any]:
    """Return one shape; its id tells the region or the class, and the part."""
    of = f"class{piece.label.number}" if piece.region is None else f"region{piece.region}"
    kind = f"{shapes}labels"
    return {
        "id": f"{of}_{part}",
        "type": kind,
        "from_name": shapes,
        "to_name": "image",
        "original_width": chip.cols,
        "original_height": chip.rows,
        "image_rotation": 0,
        "value": value | {kind: [piece.label.name]},
        "score": piece.confidence,
    }


def _percent(ring: Ring, chip: Chip) -> dict[str, Any]:
    points = np.round(ring * (100 / chip.cols, 100 / chip.rows), _DIGITS)
    return {"points": points.tolist(), "closed": True}


def names(tasks: list[Any]) -> list[str]:
    """Return the names of the labels that an export uses."""
    shapes = [shape for task in tasks for shape in _shapes(task) if shape["type"] in KINDS]
    return [str(name) for shape in shapes for name in shape["value"][shape["type"]]]


def read(tasks: list[Any], classes: Classes, where: Path) -> Iterator[tuple[Chip, NDArray[np.int32]]]:
    """Yield the labels (rows, cols) of each chip of a JSON export that was annotated; later shapes lie on top.

    Of several annotations of a task the last counts that was not cancelled. Predictions do not count.

    Raises
    ------
    InputError
        If something in it is not what Label Studio exports, or is not of the chips.
    """
    for task in tasks:
        if "annotations" not in task:
            raise InputError(f"{where} holds tasks without annotations; export from Label Studio as JSON")
        if not _annotations(task):
            continue
        chip = classes.chip(str(task["data"].get("chip") or task["data"]["image"]), None, where)
        labels = np.zeros(chip.shape, np.int32)
        for shape in _shapes(task):
            _paint(shape, labels, classes, f"task {chip.name} of {where.name}")
        yield chip, labels


def _annotations(task: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in task.get("annotations", ()) if not each.get("was_cancelled")]


def _shapes(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the shapes of a task that were drawn; relations between them and the like have no value."""
    return [shape for each in _annotations(task)[-1:] for shape in each["result"] if "value" in shape]


def _paint(shape: dict[str, Any], labels: NDArray[np.int32], classes: Classes, what: str) -> None:
    """Paint one shape into the labels of its chip."""
    rows, cols = labels.shape
    value, kind = shape["value"], shape["type"]
    if kind not in KINDS:
        raise InputError(f"{what} holds {kind!r}; only brushes and polygons with a label can be joined")
    if (shape["original_height"], shape["original_width"]) != (rows, cols) or shape.get("image_rotation", 0):
        raise InputError(f"{what} has a shape on a picture that was turned or is of another size")
    (name,) = value[kind]
    number = classes.number_of(str(name))
    if kind == "brushlabels":
        packed = np.array(value["rle"])
        if packed.ndim != 1 or packed.dtype.kind not in "iu" or ((packed < 0) | (packed > 255)).any():
            raise InputError(f"the brush of {what} must be a list of bytes")
        labels[unpack(packed.astype(np.uint8), (rows, cols), what)] = number
    else:
        ring = as_ring(value["points"], what) * (cols / 100, rows / 100)
        paint(labels, [np.round(ring, _DIGITS - 3)], number)
