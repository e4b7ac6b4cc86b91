"""fallow segment"""

from __future__ import annotations

from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import show_before, show_checked, show_done, show_estimates, working


@click.command("segment")
@options.images
@click.option("-o", "--output", default="fallow-out", show_default=True, metavar="DIR", help="Where results go.")
@options.segment_options
@options.input_options
@options.recipe
@options.output_options
@click.option("--check-tiles", is_flag=True, help="Segment in ways that must not matter and compare; save nothing.")
@options.overwrite
@options.manners
def command(
    images: tuple[str, ...],
    output: str,
    recipe: str | None,
    overwrite: bool,
    dry_run: bool,
    check_tiles: bool,
    quiet: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Segment images, each by itself.

    IMAGE is a photo, a raster, a cube, a folder or a pattern. DIR receives regions, classes, confidence, a preview, a
    table and the recipe; several images get a folder each inside it.
    """
    from fallow import jobs

    work_said = options.how(said)
    job = jobs.Job.from_options(images, output, overwrite=overwrite, recipe=recipe, **options.said(**said))
    with working(quiet=quiet, **work_said) as work:
        if dry_run:
            show_estimates(jobs.estimate_files(job, work), as_json=as_json)
        elif check_tiles:
            show_checked(jobs.check_files(job, work), as_json=as_json)
        else:
            show_before(jobs.estimate_files, job, work, quiet=quiet or as_json)
            show_done(jobs.segment_files(job, work), quiet=quiet, as_json=as_json)
