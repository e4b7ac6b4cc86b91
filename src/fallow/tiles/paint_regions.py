"""Last pass of the region unit: paint superpixels, their regions, classes and confidence. No pixel is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from fallow.raster import Source, Window, smallest_dtype
from fallow.render.palette import class_colors
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import Work
from fallow.tiles.grid import blocks_of
from fallow.tiles.paint import PERCENT, Painting, paint_layers
from fallow.tiles.refine import Refined
from fallow.tiles.survey import Survey, to_pixels
from fallow.tiles.thumbnail import Thumbnail


def paint_regions(
    source: Source,
    found: Survey,
    region: np.ndarray,
    refined: Refined,
    canvas: Canvas,
    *,
    by_area: bool,
    n_far: int,
    feature_mean: np.ndarray,
    thumbnail: Thumbnail,
    work: Work,
) -> Painting:
    """Paint ``superpixels``, ``regions``, ``classes`` and the layers of shares of `source` on `canvas`.

    Parameters
    ----------
    region : (superpixels,) int32, from 1
    by_area : bool
        Number the classes by their area, largest first; otherwise keep the clusterer's numbers.
    n_far : int
        Pixels far from what was fitted.
    feature_mean : (features,) float64
        Of the image.
    thumbnail : Thumbnail
        Shows the picture already.
    """
    n_classes = len(refined.area)
    order = np.argsort(-refined.area, kind="stable") + 1 if by_area else np.arange(1, n_classes + 1)
    n_regions, n_superpixels = int(region.max(initial=0)), len(region)
    leaf_type, region_type, class_type = (smallest_dtype(n) for n in (n_superpixels, n_regions, n_classes))
    number_of = np.zeros(n_classes + 1, class_type)
    number_of[order] = np.arange(1, n_classes + 1)
    region_of = np.concatenate(([0], region)).astype(region_type)

    def paint_tile(window: Window) -> dict[str, np.ndarray]:
        kept = refined.records.get(window)
        is_valid = kept["classes"] > 0
        superpixels = np.zeros(is_valid.shape, leaf_type)
        for block, cells in zip(blocks_of(window), found.cells(window), strict=True):
            place = slice(block[0] - window[0], block[1] - window[0]), slice(block[2] - window[2], block[3] - window[2])
            numbers = (cells + (found.blocks[block][0] + 1)).astype(leaf_type)
            inside = is_valid[place]
            superpixels[place] = to_pixels(numbers, inside.shape) * inside
        regions, classes = region_of[superpixels], number_of[kept["classes"]]
        thumbnail.label(window, superpixels=superpixels, regions=regions, classes=classes)
        return {"superpixels": superpixels, "regions": regions, "classes": classes, **kept["percent"]}

    layers: dict[str, dict[str, Any]] = {
        "superpixels": {"dtype": leaf_type},
        "regions": {"dtype": region_type},
        "classes": {"dtype": class_type, "colors": class_colors(n_classes)},
        **dict.fromkeys(refined.shares, PERCENT),
    }
    paint_layers(canvas, layers, paint_tile, work.tiles(source), work)
    area = refined.area[order - 1]
    mean, deviation = refined.statistics.mean_and_deviation(order)
    n_valid = int(area.sum())
    return Painting(order, area, mean, deviation, n_regions, n_valid, n_far, thumbnail, feature_mean)
