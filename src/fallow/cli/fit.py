"""fallow fit"""

from __future__ import annotations

import json
from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import working


@click.command("fit")
@options.images
@click.option("-o", "--output", required=True, metavar="MODEL", help="The model file to write.")
@options.segment_options
@options.input_options
@options.recipe
@options.overwrite
@options.manners
def command(
    images: tuple[str, ...],
    output: str,
    recipe: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Learn classes from images and save them as a model.

    All images are fitted together. Use `fallow apply MODEL IMAGE...` to segment other images with the same classes.
    """
    from fallow import jobs

    work_said = options.how(said)
    job = jobs.Job.from_options(images, output, overwrite=overwrite, recipe=recipe, **options.said(**said))
    with working(quiet=quiet, **work_said) as work:
        summary = jobs.fit_files(job, work)
    if as_json:
        click.echo(json.dumps(summary, indent=1))
    elif not quiet:
        click.echo(
            f"{summary['model']}: {summary['classes']} classes from {summary['sample_pixels']:,} pixels "
            f"of {summary['images']} image(s)"
        )
        for note in summary["notes"]:
            click.echo(f"  {note}")
