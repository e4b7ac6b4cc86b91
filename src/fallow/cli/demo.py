"""fallow demo"""

from __future__ import annotations

from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import show_done, working


@click.command("demo")
@click.option("-o", "--output", default="fallow-demo", show_default=True, metavar="DIR", help="Where results go.")
@options.manners
def command(output: str, quiet: bool, as_json: bool, **said: Any) -> None:
    """Segment a photograph into six classes; nothing to download.

    It comes with scikit-learn; the same as `fallow segment china.jpg --classes 6`.
    """
    from fallow import jobs

    with working(quiet=quiet, **options.how(said)) as work:
        show_done(jobs.demo(output, work), quiet=quiet, as_json=as_json)
