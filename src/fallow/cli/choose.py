"""fallow choose"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from fallow.cli import options
from fallow.cli.show import working
from fallow.errors import InputError

if TYPE_CHECKING:
    from fallow.choosing import JudgedScale
    from fallow.cluster import Choice

COLUMNS = {
    "strength": ("strength", "{:.2f}"),
    "silhouette": ("silhouette", "{:.2f}"),
    "stability": ("stability", "{:.2f}"),
    "calinski_harabasz": ("Calinski-Harabasz", "{:,.0f}"),
    "davies_bouldin": ("Davies-Bouldin", "{:.2f}"),
    "bic": ("BIC", "{:,.0f}"),
}
"""Heading and format of the curves, in their order."""


@click.command("choose")
@click.argument("images", nargs=-1, metavar="IMAGE...|RESULT", type=str)
@options.segment_options
@options.input_options
@options.manners
def command(images: tuple[str, ...], quiet: bool, as_json: bool, **said: Any) -> None:
    """Tell how many classes images have, and why; nothing is written.

    All images are judged together, by the features, method and unit that `fallow segment` would use; `-k 4-20` says
    which numbers to try. The choice is marked; less is better of Davies-Bouldin and BIC, more of all others. Of the
    folder of a RESULT each scale of its regions is judged, without its image: less is better of variance and
    autocorrelation.
    """
    from fallow.choosing import choose, choose_scale
    from fallow.stored import is_result

    work_said, options_said = options.how(said), options.said(**said)
    if len(images) == 1 and is_result(images[0]):
        if options_said:
            raise InputError(f"options are for images, not for the result {images[0]}; got {', '.join(options_said)}")
        told = choose_scale(images[0])
        if as_json:
            click.echo(json.dumps([asdict(each) for each in told], indent=1))
        elif not quiet:
            click.echo("\n".join(_scale_table(told)))
        return
    with working(quiet=quiet, **work_said) as work:
        choice = choose(list(images), work=work, **options_said)
    if as_json:
        click.echo(json.dumps(asdict(choice), indent=1))
    elif not quiet:
        click.echo("\n".join(_table(choice)))
        click.echo(choice.reason)


def _table(choice: Choice) -> Iterator[str]:
    """Yield the lines of a table, a number of classes each."""
    columns = [("classes", [str(n) for n in choice.candidates])]
    columns += [(choice.criterion, [f"{score:.2f}" for score in choice.scores])]
    for name, (heading, form) in COLUMNS.items():
        cells = [form.format(value) for value in choice.curves.get(name, ())]
        if name == "stability":
            cells = [f"{cell} ± {by:.2f}" for cell, by in zip(cells, choice.curves["stability_deviation"], strict=True)]
        if cells:
            columns.append((heading, cells))
    yield from _aligned(columns, [str(n) == str(choice.n_classes) for n in choice.candidates])


def _scale_table(told: list[JudgedScale]) -> Iterator[str]:
    """Yield the lines of a table, a scale each."""
    factors = ["" if each.scale is None else f"{each.scale:.3g}" for each in told]
    columns = [
        ("regions", [f"{each.n_regions:,}" for each in told]),
        ("score", [f"{each.score:.2f}" for each in told]),
        ("variance", [f"{each.variance:.2f}" for each in told]),
        ("autocorrelation", [f"{each.autocorrelation:.2f}" for each in told]),
        ("--scale", factors),
        ("stands out as", [each.name for each in told]),
    ]
    yield from _aligned(columns, [bool(each.name) for each in told])


def _aligned(columns: list[tuple[str, list[str]]], marked: list[bool]) -> Iterator[str]:
    """Yield the lines of a table under its headings, some of them marked."""
    for row, mark in zip(
        zip(*([heading, *cells] for heading, cells in columns), strict=True), [False, *marked], strict=True
    ):
        cells = [
            cell.rjust(max(map(len, (heading, *others)))) for cell, (heading, others) in zip(row, columns, strict=True)
        ]
        yield f"{'*' if mark else ' '} {'  '.join(cells)}".rstrip()
