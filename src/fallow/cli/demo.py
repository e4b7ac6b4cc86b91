"""fallow demo"""

from __future__ import annotations

import click

from fallow import jobs
from fallow.cli import options
from fallow.cli.show import make_work, show_done


@click.command("demo")
@click.option("-o", "--output", default="fallow-demo", show_default=True, metavar="DIR", help="Where results go.")
@options.manners
def command(output: str, workers: int | None, quiet: bool, as_json: bool) -> None:
    """Segment a photograph that comes with scikit-learn into six classes; nothing to download.

    The same as `fallow segment china.jpg --classes 6`.
    """
    show_done(jobs.demo(output, make_work(workers, quiet=quiet)), quiet=quiet, as_json=as_json)
