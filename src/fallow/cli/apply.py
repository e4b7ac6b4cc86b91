"""fallow apply"""

from __future__ import annotations

from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import show_before, show_done, show_estimates, working


@click.command("apply")
@click.argument("model")
@options.images
@click.option("-o", "--output", default="fallow-out", show_default=True, metavar="DIR", help="Where results go.")
@click.option("--edits", metavar="FILE", help="Edits of classes to make in each result: an edits.toml.")
@options.input_options
@options.output_options
@options.overwrite
@options.manners
def command(
    model: str,
    images: tuple[str, ...],
    output: str,
    overwrite: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Segment images with the classes of a model.

    A class means the same in all of them. Tells for each image how far it lies from what the model was fitted on.
    """
    from fallow import jobs

    work_said = options.how(said)
    job = jobs.Job.from_options(images, output, overwrite=overwrite, **options.said(**said))
    with working(quiet=quiet, **work_said) as work:
        if dry_run:
            show_estimates(jobs.estimate_files(job, work, model), as_json=as_json)
        else:
            show_before(jobs.estimate_files, job, work, model, quiet=quiet or as_json)
            show_done(jobs.apply_files(model, job, work), quiet=quiet, as_json=as_json)
