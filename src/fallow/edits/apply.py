"""What each line of edits does to the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fallow.edits.board import Board
from fallow.edits.line import MOST_LABEL, Line
from fallow.edits.parts import assign_parts, cluster_again, parts_of_class, split_region
from fallow.errors import InputError
from fallow.labels.touching import touching_sets
from fallow.labels.tree import MergeTree

PARTS = 2


def apply_line(board: Board, line: Line) -> tuple[Board, Line]:
    """Make one edit; return what it leads to, and the line with all that was decided.

    Raises
    ------
    InputError
        If it names what is not there, or cannot be done.
    """
    do = line["do"]
    if do == "split" and "class" in line:
        centers = line.get("centers") or parts_of_class(board, line["class"], line.get("parts", PARTS))
        line = {"do": do, "class": line["class"], "parts": len(centers), "centers": centers}
    return DO[do](board, line), line


def _name(board: Board, line: Line) -> Board:
    return replace(board, names=board.names | {board.check_class(line["class"]): line["name"]})


def _recolor(board: Board, line: Line) -> Board:
    return replace(board, colors=board.colors | {board.check_class(line["class"]): line["color"]})


def _add(board: Board, line: Line) -> Board:
    label = line["class"]
    if label in board.names:
        raise InputError(f"there is a class {label} already; the next free number is {_next_class(board)}")
    names, colors = board.named(label)
    named = {label: line.get("name", names[label])}
    return replace(board, names=names | named, colors=colors | {label: line.get("color", colors[label])})


def _merge(board: Board, line: Line) -> Board:
    if "regions" in line:
        return _merge_regions(board, line["regions"])
    first, *others = (board.check_class(label) for label in line["classes"])
    class_of = np.where(np.isin(board.class_of, others), np.uint16(first), board.class_of)
    return _without(replace(board, class_of=class_of), others)


def _merge_regions(board: Board, regions: list[int]) -> Board:
    leaves = board.ground.leaves
    if leaves is None:
        raise InputError('regions of unit "pixel" are connected areas of one class; merge classes, or assign them one')
    inside = board.superpixels_of(regions)
    if touching_sets(leaves.pairs, inside[1:] & (board.kept[1:] > 0)) > 1:
        raise InputError(f"regions {', '.join(map(str, regions))} do not touch; assign them one class instead")
    return replace(board, region_of=np.where(inside, np.int32(regions[0]), board.region_of))


def _split(board: Board, line: Line) -> Board:
    if "region" in line:
        at = np.flatnonzero(board.superpixels_of([line["region"]])[1:])
        number = split_region(_tree_of(board), at, line.get("parts", PARTS))
        region_of, is_new = board.region_of.copy(), number > 0
        region_of[at[is_new] + 1] = int(board.region_of.max()) + number[is_new]
        return replace(board, region_of=region_of)
    label = board.check_class(line["class"])
    class_of, names, colors = board.class_of.copy(), board.names, board.colors
    part = assign_parts(board, line["centers"])
    for each in range(1, len(line["centers"])):
        new = _next_class(replace(board, names=names))
        class_of[(part == each)[:, None] & (board.class_of == label)] = new
        names, colors = replace(board, names=names, colors=colors).named(new)
    return replace(board, class_of=class_of, names=names, colors=colors)


def _assign(board: Board, line: Line) -> Board:
    label, inside = board.check_class(line["class"]), board.superpixels_of(line["regions"])
    class_of = np.where(inside[:, None] & (board.class_of > 0), np.uint16(label), board.class_of)
    return replace(board, class_of=class_of)


def _drop(board: Board, line: Line) -> Board:
    if "regions" in line:
        inside = board.superpixels_of(line["regions"])
        return replace(board, class_of=np.where(inside[:, None], np.uint16(0), board.class_of))
    label = board.check_class(line["class"])
    return _without(replace(board, class_of=np.where(board.class_of == label, np.uint16(0), board.class_of)), [label])


def _scale(board: Board, line: Line) -> Board:
    tree = _tree_of(board)
    if "n_regions" in line:
        min_area = line.get("min_area", 0)
        region, height = tree.cut_into(line["n_regions"], min_area=min_area), tree.height_of(line["n_regions"])
    else:
        min_area = line.get("min_area", board.min_area)
        height = line.get("height", board.height * line.get("factor", 1.0))
        region = tree.cut(height, min_area=min_area)
    region_of = np.concatenate(([0], region)).astype(np.int32)
    return replace(board, region_of=region_of, height=float(height), min_area=min_area)


def _classes(board: Board, line: Line) -> Board:
    class_of, confidence_of, clusterer = cluster_again(board, line["n"])
    fresh = replace(board, class_of=class_of, confidence_of=confidence_of, clusterer=clusterer, names={}, colors={})
    for label in range(1, line["n"] + 1):
        names, colors = fresh.named(label)
        fresh = replace(fresh, names=names, colors=colors)
    return fresh


DO: dict[str, Callable[[Board, Line], Board]] = {
    "name": _name,
    "recolor": _recolor,
    "add": _add,
    "merge": _merge,
    "split": _split,
    "assign": _assign,
    "drop": _drop,
    "scale": _scale,
    "classes": _classes,
}


def _tree_of(board: Board) -> MergeTree:
    if board.ground.tree is None:
        raise InputError('this result has no tree of scales; segment with unit="region"')
    return board.ground.tree


def _next_class(board: Board) -> int:
    """Return the number that a new class gets: one above all there are and were."""
    label = max(max(board.names, default=0), board.ground.clusterer.n_classes, int(board.class_of.max(initial=0))) + 1
    if label > MOST_LABEL:
        raise InputError(f"there can be no more than {MOST_LABEL} classes")
    return label


def _without(board: Board, labels: list[int]) -> Board:
    """Forget classes that are no more; one is left at least."""
    names, colors = (
        {label: value for label, value in each.items() if label not in labels} for each in (board.names, board.colors)
    )
    if not names:
        raise InputError("no class would be left")
    return replace(board, names=names, colors=colors)
