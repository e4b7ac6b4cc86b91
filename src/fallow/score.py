"""What a label map is worth, by the truth that people drew: files in, figures out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fallow import metrics
from fallow.errors import FallowError, InputError, check_choice
from fallow.metrics.boundary import BoundaryScores, Window, check_tolerance, score_square, squares
from fallow.raster.aligned import AlignedLabels
from fallow.raster.label_map import NO_DATA, OUTSIDE, LabelMap, PolygonLabels, open_labels, open_truth
from fallow.raster.window import place
from fallow.saving import MARKER, ZARR

KINDS = ("classes", "regions")
MOST_CLASSES = 1000  # labels; with more, a map is one of regions unless somebody says otherwise
MOST_PAIRS = 1_000_000  # entries of a confusion matrix that is still worth telling

REGION_FIGURES: dict[str, Callable[[metrics.Contingency], float]] = {
    "covering": metrics.covering,
    "mean_best_iou": metrics.mean_best_iou,
    "rand_index": metrics.rand_index,
    "adjusted_rand_index": metrics.adjusted_rand_index,
    "normalized_mutual_information": metrics.normalized_mutual_information,
    "variation_of_information": metrics.variation_of_information,
    "variation_split": lambda table: metrics.variation_split_merge(table)[0],
    "variation_merge": lambda table: metrics.variation_split_merge(table)[1],
}
CLASS_FIGURES: dict[str, Callable[[metrics.Contingency], float]] = {
    "accuracy": metrics.matched_accuracy,
    "mean_iou": metrics.mean_iou,
    "accuracy_many_to_one": lambda table: metrics.matched_accuracy(table, many_to_one=True),
    "mean_iou_many_to_one": lambda table: metrics.mean_iou(table, many_to_one=True),
    "adjusted_rand_index": metrics.adjusted_rand_index,
    "normalized_mutual_information": metrics.normalized_mutual_information,
}


@dataclass(frozen=True)
class Against:
    """The figures against one annotator.

    Attributes
    ----------
    truth : str
    n_truths : int
        Regions or classes drawn.
    n_pixels : int
        Pixels judged.
    unlabelled : float
        Share of them without label.
    figures : dict
    classes : list of dict
        For classes, one row a true class: `truth`, `labels`, `area`, `found`, `shared`, `precision`, `recall`, `iou`.
    confusion : dict or None
        For classes, `truths` (rows), `labels` (columns) and `pixels`; None where it would be too large.
    """

    truth: str
    n_truths: int
    n_pixels: int
    unlabelled: float
    figures: dict[str, float]
    classes: list[dict[str, Any]]
    confusion: dict[str, Any] | None


@dataclass(frozen=True)
class Score:
    """What a label map is worth as regions or as classes.

    Attributes
    ----------
    labels : str
        The file.
    kind : "regions" or "classes"
    n_labels : int
        Labels where there is truth.
    figures : dict
        Means over the annotators.
    boundary : BoundaryScores or None
        For regions, over all annotators together.
    tolerance : float
        Pixels by which a border may lie off.
    each : list of Against
        One an annotator.
    notes : list of str
    """

    labels: str
    kind: str
    n_labels: int
    figures: dict[str, float]
    boundary: BoundaryScores | None
    tolerance: float
    each: list[Against]
    notes: list[str]

    def record(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return asdict(self)


def score_files(
    labels: str | Path,
    truths: Sequence[str | Path],
    *,
    kind: str = "auto",
    ignore: Sequence[str | int] = (),
    unlabelled: int | None = 0,
    attribute: str | None = None,
    variable: str | None = None,
    tolerance: float | str | None = None,
    boundaries: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Score]:
    """Judge a label map, or the result in a folder, by what people drew.

    Parameters
    ----------
    labels
        A raster, a picture, an array file; or the folder of a result, whose classes and regions are judged each for
        itself.
    truths
        Label maps, polygons, or .mat files of the Berkeley data set; several are annotators of the same image.
    kind : "auto", "regions" or "classes"
        What to judge it as; "auto" is both.
    ignore
        Values of the truth that are not judged, beside what its file says is no data; of polygons, names.
    unlabelled
        The label that means no label, beside what the file says is no data; None where every value is a label.
    attribute
        Of polygons, the column that names their class. Default: each is a region of its own.
    variable
        Which array of files that hold several.
    tolerance
        Of borders: pixels, or text such as "0.75%" of the diagonal. Default: that, at most 10 pixels.
    boundaries
        Whether to score borders, which takes most of the time.
    on_progress
        Called as ``(done, total)`` after each square of the image.

    Returns
    -------
    list of Score
        First as classes, then as regions.

    Raises
    ------
    InputError, FileError
        With one line that says what is wrong.

    Notes
    -----
    Read by squares of 1024 pixels. Memory grows with the pairs of label and truth that touch, not with the pixels.
    """
    if not truths:
        raise InputError("no truth given; name label maps or polygons that people drew")
    kinds = KINDS if check_choice("kind", kind, ("auto", *KINDS)) == "auto" else (kind,)
    files = _files_of(Path(labels), str(labels), kinds)
    scores = []
    for file, its_kinds in files.items():
        with ExitStack() as opened:
            found = opened.enter_context(open_labels(file, variable=variable))
            drawn = [
                opened.enter_context(each if isinstance(each, PolygonLabels) else AlignedLabels(each, found))
                for truth in truths
                for each in open_truth(truth, found, variable=variable, attribute=attribute)
            ]
            reach = _pixels(tolerance, found.shape)
            borders = boundaries and "regions" in its_kinds
            sweep = _Sweep(found, drawn, _ignored(ignore, drawn), unlabelled, reach, borders)
            sweep.run(on_progress)
            tables = sweep.tables()
            has_many = len(tables[0].labels) > MOST_CLASSES
            for each in its_kinds:
                if not (kind == "auto" and len(its_kinds) > 1 and each == "classes" and has_many):
                    scores.append(_score(file, each, drawn, tables, sweep.boundary if borders else None, reach))
    return scores


def _files_of(path: Path, said: str, kinds: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the files to judge, and what each is to be judged as."""
    if not path.is_dir():
        return {said: tuple(kinds)}
    if not (path / MARKER).is_file():
        raise InputError(f"{path} is a folder without {MARKER}; name a label map, or the folder of a whole result")
    files: dict[str, tuple[str, ...]] = {}
    for kind in kinds:
        file = path / f"{kind}.tif"
        files[str(file) if file.exists() else f'ZARR:"{path / ZARR}":/0/{kind}'] = (kind,)
    return files


def _pixels(tolerance: float | str | None, shape: tuple[int, int]) -> float:
    """Return the tolerance in pixels."""
    if not isinstance(tolerance, str):
        return check_tolerance(tolerance, shape)
    share = tolerance.endswith("%")
    try:
        number = float(tolerance.rstrip("%"))
    except ValueError:
        raise InputError(f'tolerance must be pixels, "3", or of the diagonal, "1%", got {tolerance!r}') from None
    return check_tolerance(number / 100 * math.hypot(*shape) if share else number, shape)


def _ignored(ignore: Sequence[str | int], truths: Sequence[LabelMap]) -> list[list[int]]:
    """Return the labels that are ignored in each truth."""
    found = [[truth.label_of(str(value)) for value in ignore] for truth in truths]
    for value, labels in zip(ignore, zip(*found, strict=True), strict=False):
        if all(label is None for label in labels):
            raise InputError(f"ignore must be a value of the truth, got {str(value)!r}, which {truths[0].name} has not")
    return [[label for label in labels if label is not None] for labels in found]


class _Sweep:
    """One pass over the squares of an image, in which all is counted that figures are made of."""

    def __init__(
        self,
        found: LabelMap,
        truths: Sequence[LabelMap],
        ignored: Sequence[Sequence[int]],
        unlabelled: int | None,
        tolerance: float,
        borders: bool,
    ) -> None:
        self._found, self._truths, self._ignored = found, truths, ignored
        self._unlabelled = NO_DATA if unlabelled is None else unlabelled
        self._tolerance, self._borders = tolerance, borders
        self._pairs = [metrics.PairCounts() for _ in truths]
        self.boundary = BoundaryScores()

    def run(self, on_progress: Callable[[int, int], None] | None) -> None:
        row0, row1, col0, col1 = zip(*(truth.extent for truth in self._truths), strict=True)
        window = min(row0), max(row1), min(col0), max(col1)
        todo = list(squares(window, self._tolerance))
        for done, (square, around) in enumerate(todo, 1):
            self._count(square, around if self._borders else square)
            if on_progress:
                on_progress(done, len(todo))

    def _count(self, square: Window, around: Window) -> None:
        inner = place(square, around)
        labels = self._found.read(around)
        labels[labels == NO_DATA] = self._unlabelled
        drawn = []
        for truth, ignored, pairs in zip(self._truths, self._ignored, self._pairs, strict=True):
            values = truth.read(around)
            values[np.isin(values, ignored)] = NO_DATA
            is_seen = values[inner] != OUTSIDE
            if is_seen.any():
                pairs.add(labels[inner][is_seen], values[inner][is_seen])
            drawn.append(values)
        if self._borders:
            self.boundary += score_square(labels, drawn, inner, (NO_DATA, OUTSIDE), self._tolerance)

    def tables(self) -> list[metrics.Contingency]:
        """Return what was counted for each annotator."""
        found = []
        for truth, pairs in zip(self._truths, self._pairs, strict=True):
            try:
                found.append(pairs.table(ignore=NO_DATA, unlabelled=self._unlabelled))
            except FallowError as error:
                raise InputError(f"{truth.name}: {error}") from error
        return found


def _score(
    file: str,
    kind: str,
    truths: Sequence[LabelMap],
    tables: Sequence[metrics.Contingency],
    boundary: BoundaryScores | None,
    tolerance: float,
) -> Score:
    """Make the figures of what was counted."""
    figures = CLASS_FIGURES if kind == "classes" else REGION_FIGURES
    each = [
        Against(
            truth=truth.name,
            n_truths=len(table.truths),
            n_pixels=table.n_pixels,
            unlabelled=table.n_unlabelled / table.n_pixels,
            figures={name: figure(table) for name, figure in figures.items()},
            classes=_class_rows(table, truth) if kind == "classes" else [],
            confusion=_confusion(table, truth) if kind == "classes" else None,
        )
        for truth, table in zip(truths, tables, strict=True)
    ]
    means = {name: float(np.mean([one.figures[name] for one in each])) for name in figures}
    if kind == "classes":
        boundary = None
    if boundary:
        means |= {f"boundary_{name}": getattr(boundary, name) for name in ("precision", "recall", "f")}
    n_labels = max(int(table.is_label.sum()) for table in tables)
    return Score(file, kind, n_labels, means, boundary, tolerance, each, _notes(kind, each, tables))


def _class_rows(table: metrics.Contingency, truth: LabelMap) -> list[dict[str, Any]]:
    rows = metrics.match_classes(table)
    return [
        {"truth": truth.name_of(row.truth), "labels": list(row.labels), "area": row.area, "found": row.found}
        | {"shared": row.shared, "precision": row.precision, "recall": row.recall, "iou": row.iou}
        for row in rows
    ]


def _confusion(table: metrics.Contingency, truth: LabelMap) -> dict[str, Any] | None:
    if len(table.truths) * len(table.labels) > MOST_PAIRS:
        return None
    labels = [int(label) if is_label else None for label, is_label in zip(table.labels, table.is_label, strict=True)]
    return {
        "truths": [truth.name_of(int(value)) for value in table.truths],
        "labels": labels,
        "pixels": table.matrix().tolist(),
    }


def _notes(kind: str, each: Sequence[Against], tables: Sequence[metrics.Contingency]) -> list[str]:
    """Say what the reader of the figures should know."""
    notes = []
    unlabelled = max(one.unlabelled for one in each)
    if unlabelled > 0:
        what = "count as wrong" if kind == "classes" else "cover nothing"
        notes.append(
            f"{unlabelled:.1%} of the judged pixels have no label and {what}; say --unlabelled none if 0 is a label"
        )
    if kind == "classes" and max(int(table.is_label.sum()) for table in tables) > 2 * max(one.n_truths for one in each):
        notes.append("far more labels than true classes: look at the figures of regions, or those of many to one")
    return notes
