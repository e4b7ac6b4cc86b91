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
from fallow.export.annotation.rings import as_ring, paint, rings_of
from fallow.export.annotation.rle import counts_of, flat_mask, from_text, runs_of, to_text

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
        Masks as compressed runs; or polygons along the sides of pixels, of which a piece with holes has several.
    chip, picture, image
        See `HandOver`.

    Raises
    ------
    InputError, FileError
        As `HandOver`, and if there is no such segmentation.
    """
    check_choice("segmentation", segmentation, SEGMENTATIONS)
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
        listing.values("annotations", _annotations(chips, segmentation))


def _annotations(chips: HandOver, segmentation: str) -> Iterator[dict[str, Any]]:
    """Yield the annotations of all chips."""
    number = 0
    for image, (chip, found) in enumerate(chips, 1):
        for piece, drawn in zip(found.pieces, _drawn(found, chip, segmentation), strict=True):
            number += 1
            row0, row1, col0, col1 = piece.box
            attributes = {} if piece.region is None else {"region": piece.region}
            yield {
                "id": number,
                "image_id": image,
                "category_id": piece.label.number,
                "segmentation": drawn,
                "area": piece.area,
                "bbox": [col0, row0, col1 - col0, row1 - row0],
                "iscrowd": 0,  # 1 is for heaps that scores leave out
                "attributes": attributes | {"confidence": piece.confidence},
            }


def _drawn(found: Pieces, chip: Chip, segmentation: str) -> Iterator[Any]:
    """Yield the segmentation of each piece."""
    n = len(found.pieces)
    if segmentation == "polygon":
        for rings in rings_of(found.numbers, n):
            yield [ring.astype(int).ravel().tolist() for ring in rings]
        return
    runs = runs_of(found.numbers.T.ravel(), n)
    for number in range(1, n + 1):
        counts = counts_of(*runs.of(number), found.numbers.size)
        yield {"size": [chip.rows, chip.cols], "counts": to_text(counts)}


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
        labels = np.zeros(chip.shape, np.int32)
        for annotation in of_image.pop(image["id"], ()):
            what = f"annotation {annotation['id']} of {where.name}"
            if annotation["category_id"] not in categories:
                raise InputError(f"{what} is of a category {annotation['category_id']!r} that is not in the file")
            mask = _mask(annotation["segmentation"], chip.shape, what)
            labels[mask] = classes.number_of(categories[annotation["category_id"]])
        yield chip, labels
    if of_image:
        raise InputError(f"{where} has annotations of an image {min(map(str, of_image))} that is not in it")


def _mask(segmentation: Any, shape: tuple[int, int], what: str) -> NDArray[np.bool_]:
    """Return the mask (rows, cols) of a segmentation of any kind."""
    if isinstance(segmentation, list):
        return paint([as_ring(np.reshape(ring, (-1, 2)), what) for ring in segmentation], shape)
    if list(segmentation["size"]) != list(shape):
        raise InputError(f"{what} is of {segmentation['size']} pixels, but its image of {list(shape)}")
    counts = segmentation["counts"]
    runs = from_text(counts, what) if isinstance(counts, str) else np.array(counts)
    return flat_mask(runs, shape[0] * shape[1], what).reshape(shape[::-1]).T
