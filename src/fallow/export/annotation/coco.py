"""COCO instances: one JSON file beside the chips' pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError, check_choice
from fallow.export.annotation.chips import Chip
from fallow.export.annotation.classes import Classes
from fallow.export.annotation.hand_over import HandOver
from fallow.export.annotation.listing import Listing
from fallow.export.annotation.pieces import Pieces
from fallow.export.annotation.rings import area_of, as_ring, paint, rings_of
from fallow.export.annotation.rle import counts_of, fill, from_text, runs_of, to_text

if TYPE_CHECKING:
    from fallow.result import Segmentation

FILE = "instances.json"
SEGMENTATIONS = ("rle", "polygon")


def write(
    result: Segmentation,
    target: Path,
    *,
    by: str = "region",
    segmentation: str = "rle",
    simplify: float = 0,
    chip: int | None = None,
    picture: str = "jpg",
    image: str | Path | None = None,
) -> None:
    """Write a folder with ``instances.json``, ``images/`` and ``chips.json``.

    Parameters
    ----------
    by : "region" or "class"
        One annotation for each region of a chip, or for each class.
    segmentation : "rle" or "polygon"
        Masks as compressed runs; or polygons, of which a piece with holes has several.
    simplify
        How far polygons may move, in pixels, so that they have fewer points. Default: along the sides of pixels.
    chip, picture, image
        See `HandOver`.

    Raises
    ------
    InputError, FileError
        As `HandOver`, and if there is no such segmentation, or `simplify` is not for it.
    """
    if check_choice("segmentation", segmentation, SEGMENTATIONS) == "rle" and simplify:
        raise InputError('simplify is for polygons; say --segmentation polygon (segmentation="polygon") as well')
    chips = HandOver(result, target, by=by, chip=chip, picture=picture, image=image)
    sheet = chips.sheet
    images = [
        {"id": number, "file_name": sheet.picture_of(each), "width": each.cols, "height": each.rows}
        for number, each in enumerate(sheet.chips, 1)
    ]
    categories = [
        {"id": each.number, "name": each.name, "supercategory": "", "color": each.color} for each in sheet.labels
    ]
    with Listing(target / FILE) as listing:
        listing.value("info", {"description": f"{result.name}, segmented by Fallow", "version": "1.0"})
        listing.value("licenses", [])
        listing.values("categories", categories)
        listing.values("images", images)
        listing.values("annotations", _annotations(chips, segmentation, simplify))


def _annotations(chips: HandOver, segmentation: str, simplify: float) -> Iterator[dict[str, Any]]:
    """Yield the annotations of all chips."""
    number = 0
    for image, (chip, found) in enumerate(chips, 1):
        drawn = _masks(found, chip) if segmentation == "rle" else _polygons(found, simplify)
        for piece, shape in zip(found.pieces, drawn, strict=True):
            number += 1
            attributes = {} if piece.region is None else {"region": piece.region}
            yield {
                "id": number,
                "image_id": image,
                "category_id": piece.label.number,
                **shape,
                "iscrowd": 0,  # 1 is for heaps that scores leave out
                "attributes": attributes | {"confidence": piece.confidence},
            }


def _masks(found: Pieces, chip: Chip) -> Iterator[dict[str, Any]]:
    """Yield the mask of each piece as runs, its area and its box."""
    runs = runs_of(found.numbers.T.ravel(), len(found.pieces))
    for piece in found.pieces:
        counts = counts_of(*runs.of(piece.number), found.numbers.size)
        row0, row1, col0, col1 = piece.box
        mask = {"size": [chip.rows, chip.cols], "counts": to_text(counts)}
        yield {"segmentation": mask, "area": piece.area, "bbox": [col0, row0, col1 - col0, row1 - row0]}


def _polygons(found: Pieces, simplify: float) -> Iterator[dict[str, Any]]:
    """Yield the polygons of each piece, their area and their box."""
    for rings in rings_of(found.numbers, len(found.pieces), simplify):
        points = np.concatenate(rings).astype(int)
        col, row = points.min(axis=0).tolist()
        cols, rows = np.ptp(points, axis=0).tolist()
        listed = [ring.astype(int).ravel().tolist() for ring in rings]
        yield {"segmentation": listed, "area": area_of(rings), "bbox": [col, row, cols, rows]}


def names(record: dict[str, Any]) -> list[str]:
    """Return the names of the categories that a COCO file uses."""
    used = {annotation["category_id"] for annotation in record["annotations"]}
    return [str(each["name"]) for each in record["categories"] if each["id"] in used]


def read(record: dict[str, Any], classes: Classes, where: Path) -> Iterator[tuple[Chip, NDArray[np.int32]]]:
    """Yield the labels (rows, cols) of each chip of a COCO file; later annotations lie on top.

    Classes are known by their names, as tools number them anew.

    Raises
    ------
    InputError
        If something in it is not what COCO files hold, or is not of the chips.
    """
    categories = {each["id"]: str(each["name"]) for each in record["categories"]}
    of_image = defaultdict(list)
    for annotation in record["annotations"]:
        of_image[annotation["image_id"]].append(annotation)
    for image in record["images"]:
        chip = classes.chip(str(image["file_name"]), (image["height"], image["width"]), where)
        labels = np.zeros(chip.shape[::-1], np.int32)  # column by column, as the runs
        for annotation in of_image.pop(image["id"], ()):
            what = f"annotation {annotation['id']} of {where.name}"
            if annotation["category_id"] not in categories:
                raise InputError(f"{what} is of a category {annotation['category_id']!r} that is not in the file")
            number = classes.number_of(categories[annotation["category_id"]])
            _paint(labels, annotation["segmentation"], number, what)
        yield chip, labels.T
    if of_image:
        raise InputError(f"{where} has annotations of an image {min(map(str, of_image))} that is not in it")


def _paint(labels: NDArray[np.int32], segmentation: Any, number: int, what: str) -> None:
    """Write a number into the pixels (cols, rows) of a segmentation of any kind."""
    if isinstance(segmentation, list):
        paint(labels.T, [as_ring(np.reshape(ring, (-1, 2)), what) for ring in segmentation], number)
        return
    shape = list(labels.shape[::-1])
    if list(segmentation["size"]) != shape:
        raise InputError(f"{what} is of {segmentation['size']} pixels, but its image of {shape}")
    counts = segmentation["counts"]
    fill(labels.reshape(-1), from_text(counts, what) if isinstance(counts, str) else np.array(counts), number, what)
