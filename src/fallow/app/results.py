"""Results as a page asks for them: tables to paint with, other scales, what lies under the pointer."""

from __future__ import annotations

import struct
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.app.labels import pack
from fallow.app.pyramid import n_levels
from fallow.app.workbench import Workbench
from fallow.errors import FileError, InputError
from fallow.labels.tree import MergeTree
from fallow.result import MARKER, Segmentation

N_HEIGHTS = 200  # points of the slider


def tell(bench: Workbench, path: str) -> dict[str, Any]:
    """Return what a page must know of a result, but pixels."""
    result, labels = bench.result(path), bench.labels(path)
    tree = result.tree
    segment = result.recipe.get("segment", {})
    return {
        "name": result.name,
        "path": path,
        "stamp": bench.stamp(path),
        "image": bench.image_name(path),
        "rows": result.shape[0],
        "cols": result.shape[1],
        "levels": n_levels(result.shape),
        "superpixels": tree.n_leaves if tree else result.n_regions,
        "is_of_superpixels": labels.is_of_superpixels,
        "regions": result.n_regions,
        "has_tree": tree is not None,
        "layers": list(result.layer_names),
        "height": result.height,
        "min_area": result.min_area,
        "scales": _scales(tree) if tree else None,
        "named_scales": [asdict(each) for each in result.scales().named] if tree else [],
        "classes": _classes(result),
        "bands": list(result.table.band_names),
        "n_raw_classes": result.n_classes,
        "pixel_area_m2": result.pixel_area_m2,
        "method": segment.get("method"),
        "features": list(result.feature_names),
        "notes": result.notes,
        "edits": {"version": bench.version(path), "lines": []},
        "can": {"split_region": False, "split_class": False, "classes": False},
    }


def tables(bench: Workbench, path: str) -> bytes:
    """Return which region each superpixel belongs to, and which class it shows where the pixels have which, gzipped."""
    result = bench.result(path)
    region, n_regions = _region_of(result)
    n, k = len(region) - 1, result.n_classes
    class_of = np.tile(np.arange(k + 1, dtype="<u2"), n + 1)
    class_of[: k + 1] = 0
    return pack(region, class_of, head=(n, k, n_regions, 0))


def trial(bench: Workbench, path: str, *, n_regions: int | None, factor: float | None, height: float | None) -> bytes:
    """Return the regions of another scale, which nobody saves, gzipped: head, height as float64, region of each."""
    result = bench.result(path)
    tree = result.tree
    if tree is None:
        raise InputError('this result has no tree of scales; segment with unit="region"')
    if sum(each is not None for each in (n_regions, factor, height)) != 1:
        raise InputError("say one of n_regions, factor and height")
    if n_regions is not None:
        region, height = tree.cut_into(n_regions), tree.height_of(n_regions)
    else:
        height = result.height * factor if factor is not None else height
        if height is None or not 0 <= height < np.inf:
            raise InputError("the height of a cut must be a number of at least 0")
        region = tree.cut(height, min_area=result.min_area)
    told = np.frombuffer(struct.pack("<d", height), np.uint8)
    return pack(told, _with_none(region), head=(tree.n_leaves, int(region.max(initial=0)), 0, 0))


def region_at(bench: Workbench, path: str, row: int, col: int) -> dict[str, Any]:
    """Tell of the region at a pixel."""
    result, labels = bench.result(path), bench.labels(path)
    rows, cols = result.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise InputError(f"there is no pixel {row}, {col}")
    unit, label, percent = labels.pixel(row, col)
    region, _ = _region_of(result)
    shown = next((each for each in _classes(result) if each["label"] == label), None)
    told: dict[str, Any] = {
        "region": int(region[unit]),
        "superpixel": unit,
        "class": shown and {name: shown[name] for name in ("label", "name", "color")},
        "confidence": percent / 100,
    }
    return told


def find_export(bench: Workbench, path: str) -> Path:
    """Return a file that was exported: of the folder ``export`` or ``edited`` of a result.

    Raises
    ------
    FileError, InputError
        If it is none.
    """
    found = bench.root.find(path)
    folder = found.parent
    if not (found.is_file() and folder.name in ("export", "edited") and (folder.parent / MARKER).is_file()):
        raise FileError(f"{path!r} is no exported file")
    return found


def _classes(result: Segmentation) -> list[dict[str, Any]]:
    return [
        {
            "label": row.label,
            "name": row.name,
            "color": row.color,
            "area_px": row.area,
            "area_m2": row.area_m2,
            "share": row.share,
            "mean": row.mean,
            "deviation": row.deviation,
        }
        for row in result.table
    ]


def _scales(tree: MergeTree) -> dict[str, Any]:
    """Return how far the slider goes, and the height at points of it, evenly spread over doublings."""
    counts = np.unique(np.geomspace(max(tree.n_roots, 1), tree.n_leaves, N_HEIGHTS).round().astype(int))
    heights = [[int(n), tree.height_of(int(n))] for n in counts]
    return {"least": tree.n_roots, "most": tree.n_leaves, "heights": heights}


def _region_of(result: Segmentation) -> tuple[NDArray[np.uint32], int]:
    """Return the region of each superpixel, with 0 for no data before them; regions stand for themselves."""
    if result.tree is None:
        return np.arange(result.n_regions + 1, dtype="<u4"), result.n_regions
    region = result.tree.cut(result.height, min_area=result.min_area)
    return _with_none(region), int(region.max(initial=0))


def _with_none(region: NDArray[np.int32]) -> NDArray[np.uint32]:
    return np.concatenate(([0], region)).astype("<u4")
