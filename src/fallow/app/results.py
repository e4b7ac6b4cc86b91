"""Results as a page asks for them: what they hold, tables to paint with, other scales."""

from __future__ import annotations

import struct
from dataclasses import asdict
from typing import Any

import numpy as np

from fallow.app.labels import pack
from fallow.app.pyramid import n_levels
from fallow.app.workbench import Workbench
from fallow.edits import Board, Edits
from fallow.errors import InputError
from fallow.labels.tree import MergeTree

N_HEIGHTS = 200  # points of the slider


def tell(bench: Workbench, path: str) -> dict[str, Any]:
    """Return what a page must know of a result as it is after its edits, but pixels."""
    base, labels = bench.result(path), bench.labels(path)
    with bench.editing[path]:
        result, version = bench.edited(path), bench.version(path)
    tree = base.tree
    segment = base.recipe.get("segment", {})
    return {
        "name": base.name,
        "path": path,
        "stamp": bench.stamp(path),
        "image": bench.image_name(path),
        "rows": base.shape[0],
        "cols": base.shape[1],
        "levels": n_levels(base.shape),
        "superpixels": tree.n_leaves if tree else base.n_regions,
        "is_of_superpixels": labels.is_of_superpixels,
        "regions": result.n_regions,
        "has_tree": tree is not None,
        "layers": list(base.layers),
        "height": result.height,
        "min_area": result.min_area,
        "scales": _scales(tree) if tree else None,
        "named_scales": [asdict(each) for each in base.scales().named] if tree else [],
        "classes": [_row(row) for row in result.table],
        "bands": list(base.table.band_names),
        "n_raw_classes": base.board.class_of.shape[1] - 1,
        "pixel_area_m2": base.pixel_area_m2,
        "method": segment.get("method"),
        "features": list(base.feature_names),
        "notes": result.notes,
        "edits": {"version": version, "lines": list(result.edits)},
        "can": {
            "split_region": tree is not None,
            "split_class": base.rows is not None,
            "classes": base.rows is not None,
        },
    }


def tables(bench: Workbench, path: str) -> bytes:
    """Return region of each superpixel, and class of each superpixel's pixels that had which class, gzipped."""
    bench.result_folder(path)
    with bench.editing[path]:
        board, version = bench.edited(path).board, bench.version(path)
    n, k = (side - 1 for side in board.class_of.shape)
    head = (n, k, _n_regions(board), int(version[:8] or "0", 16))
    return pack(board.region_of.astype("<u4"), board.class_of.astype("<u2"), head=head)


def trial(bench: Workbench, path: str, **scale: float | None) -> bytes:
    """Return the regions of another scale, which nobody saves, gzipped: head, height as float64, region of each."""
    said = {name: value for name, value in scale.items() if value is not None}
    if len(said) != 1:
        raise InputError("say one of n_regions, factor and height")
    board, _ = Edits.of([{"do": "scale"} | said]).apply(bench.edited(path).board)
    height = np.frombuffer(struct.pack("<d", board.height), np.uint8)
    return pack(height, board.region_of.astype("<u4"), head=(len(board.region_of) - 1, _n_regions(board), 0, 0))


def _row(row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("label", "name", "color", "area_m2", "share", "mean", "deviation")}
    return told | {"area_px": row.area}


def _n_regions(board: Board) -> int:
    return int(board.region_of.max(initial=0))


def _scales(tree: MergeTree) -> dict[str, Any]:
    """Return how far the slider goes, and the height at points of it, evenly spread over doublings."""
    counts = np.unique(np.geomspace(max(tree.n_roots, 1), tree.n_leaves, N_HEIGHTS).round().astype(int))
    heights = [[int(n), tree.height_of(int(n))] for n in counts]
    return {"least": tree.n_roots, "most": tree.n_leaves, "heights": heights}
