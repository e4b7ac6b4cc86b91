"""fallow score"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from fallow.cli import options
from fallow.cli.show import progress_bar
from fallow.errors import InputError

if TYPE_CHECKING:
    from fallow.score import Against, Score

MOST_ROWS, MOST_COLUMNS = 30, 12  # of tables; the rest is in --json
NAMES = {
    "covering": "covering",
    "mean_best_iou": "mean best IoU",
    "rand_index": "probabilistic Rand index",
    "adjusted_rand_index": "adjusted Rand index",
    "normalized_mutual_information": "normalized mutual information",
    "variation_of_information": "variation of information, bits",
    "variation_split": "  of it, too much split",
    "variation_merge": "  of it, too much merged",
    "boundary_precision": "boundary precision",
    "boundary_recall": "boundary recall",
    "boundary_f": "boundary F",
    "accuracy": "accuracy",
    "mean_iou": "mean IoU",
    "accuracy_many_to_one": "accuracy, many to one",
    "mean_iou_many_to_one": "mean IoU, many to one",
}


@click.command("score")
@click.argument("labels")
@click.argument("truths", nargs=-1, metavar="TRUTH...")
@click.option("--as", "kind", metavar="KIND", help='Judge as "classes" or "regions"; as both when not said.')
@click.option("--ignore", multiple=True, metavar="VALUE", help="Value of the truth that is not judged; repeatable.")
@click.option(
    "--unlabelled", metavar="LABEL", help='Which label means none, 0 when not said; "none" if all are labels.'
)
@click.option("--attribute", metavar="NAME", help="Column that names the class of polygons; else each is a region.")
@click.option("--variable", help="Variable of a .mat or .npz file.")
@click.option("--tolerance", metavar="PIXELS|%", help="How far borders may lie off: 3, or 1% of the diagonal.")
@click.option("--no-boundaries", is_flag=True, help="Do not score borders, which takes most of the time.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(labels: str, truths: tuple[str, ...], no_boundaries: bool, as_json: bool, **said: Any) -> None:
    """Judge labels, or a result folder, by what people drew.

    TRUTH is a label map, polygons, or a .mat file of the Berkeley data set; several are annotators of one image.
    """
    from fallow import jobs

    said = options.said(**said)
    if "unlabelled" in said:
        said["unlabelled"] = _label_or_none(said["unlabelled"])
    with progress_bar("scoring", quiet=as_json) as on_progress:
        scores = jobs.score_files(labels, truths, boundaries=not no_boundaries, on_progress=on_progress, **said)
    if as_json:
        click.echo(json.dumps([score.record() for score in scores], indent=1))
    else:
        click.echo("\n\n".join("\n".join(_lines(score)) for score in scores))


def _label_or_none(text: str) -> int | None:
    try:
        return None if text == "none" else int(text)
    except ValueError:
        raise InputError(f'unlabelled must be a whole number or "none", got {text!r}') from None


def _lines(score: Score) -> Iterator[str]:
    n = len(score.each)
    one = score.each[0]
    by = f"{one.truth}, {one.n_truths:,} {score.kind}" if n == 1 else f"{n} annotators"
    yield f"{score.labels}: {score.n_labels:,} {score.kind}, by {by}, {one.n_pixels:,} pixels judged"
    if n > 1:
        yield f"  {'':32}  mean    least   most"
    for name, value in score.figures.items():
        text = f"  {NAMES[name]:32}{value:8.4f}"
        if name.startswith("boundary"):
            text += f"  within {score.tolerance:.1f} pixels" + (", all together" if n > 1 else "")
        elif n > 1:
            values = [each.figures[name] for each in score.each]
            text += f"{min(values):8.4f}{max(values):8.4f}"
        yield text
    if n == 1 and score.kind == "classes":
        yield from _class_table(one)
        yield from _confusion(one)
    for note in score.notes:
        yield f"  {note}"


def _class_table(one: Against) -> Iterator[str]:
    """Yield the true classes, largest first, and what stands for each."""
    rows = sorted(one.classes, key=lambda row: -row["area"])
    lines = [["truth", "label", "pixels", "precision", "recall", "IoU"]]
    for row in rows[:MOST_ROWS]:
        shares = (f"{row[name]:.3f}" for name in ("precision", "recall", "iou"))
        lines.append([row["truth"], ", ".join(map(str, row["labels"])) or "-", f"{row['area']:,}", *shares])
    yield from _table(lines)
    if len(rows) > MOST_ROWS:
        yield f"  and {len(rows) - MOST_ROWS:,} more, which --json tells"


def _confusion(one: Against) -> Iterator[str]:
    """Yield the confusion matrix, where it is small enough to be read."""
    if one.confusion is None or max(len(one.confusion["truths"]), len(one.confusion["labels"])) > MOST_COLUMNS:
        return
    yield "  pixels of each truth (rows) under each label (columns)"
    head = ["", *("none" if label is None else str(label) for label in one.confusion["labels"])]
    rows = zip(one.confusion["truths"], one.confusion["pixels"], strict=True)
    yield from _table([head, *([name, *(f"{count:,}" for count in counts)] for name, counts in rows)])


def _table(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
