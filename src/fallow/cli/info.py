"""fallow info"""

from __future__ import annotations

import json

import click

from fallow import jobs


@click.command("info")
@click.argument("what", metavar="IMAGE|MODEL|RESULT")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(what: str, as_json: bool) -> None:
    """Tell what an image, a model file or a result folder holds."""
    told = jobs.info(what)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    width = max(map(len, told))
    for name, value in told.items():
        click.echo(f"{name.ljust(width)}  {', '.join(map(str, value)) if isinstance(value, list) else value}")
