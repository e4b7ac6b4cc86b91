"""fallow compare"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import tell_faults, working


@click.command("compare")
@options.images
@click.option(
    "-o", "--output", default="fallow-compare", show_default=True, metavar="DIR", help="Where the comparison goes."
)
@click.option(
    "-f", "--features", "feature_sets", multiple=True, help='Repeat it, or "color; color,texture; auto" in one.'
)
@click.option("-m", "--methods", multiple=True, help='Repeat it, or "kmeans; mixture; som,shape=20x20" in one.')
@click.option("-k", "--classes", "numbers", help='Numbers of classes: "3,5,8" or "3-7".')
@options.unit_options
@options.input_options
@options.overwrite
@options.manners
def command(
    images: tuple[str, ...],
    output: str,
    feature_sets: tuple[str, ...],
    methods: tuple[str, ...],
    numbers: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Compare features, methods and numbers of classes without labels.

    All combinations are tried, on all images together; features are computed once. DIR receives a ranked table, a
    sheet with a map of each combination, and the winner as a recipe for `fallow segment` and `fallow fit`.
    """
    from fallow import jobs
    from fallow.comparison.result import WINNER

    work_said = options.how(said)
    job = jobs.Job.from_options(images, output, overwrite=overwrite, **options.said(**said))
    with working(quiet=quiet, **work_said) as work:
        found = jobs.compare_files(job, work, features=feature_sets or None, methods=methods or None, classes=numbers)
    folder = Path(output)
    again = shlex.join(["fallow", "segment", *images, "--recipe", str(folder / WINNER)])
    if as_json:
        told = {"folder": output, "verdict": found.verdict, "notes": found.notes, "next": again}
        click.echo(json.dumps(told | {"combinations": list(found.records())}, indent=1))
    elif not quiet:
        click.echo(f"{found.name}: {len(found)} combination{'s' * (len(found) > 1)}, best first")
        for line in str(found).splitlines():
            click.echo(f"  {line}")
        for note in [found.verdict, *found.notes]:
            click.echo(f"  {note}")
        click.echo(f"  written to {output}/; open {folder / 'sheet.png'}")
        click.echo(f"  next: {again}")
    tell_faults(work.faults)
