"""fallow info"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click


@click.command("info")
@click.argument("what", metavar="IMAGE|MODEL|RESULT")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(what: str, as_json: bool) -> None:
    """Tell what an image, a model file or a result folder holds."""
    from fallow import jobs

    told = jobs.info(what)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    lines = list(_lines(told))
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        click.echo(f"{name.ljust(width)}  {text}")


def _lines(told: dict[str, Any], group: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and texts; what lies in a table of its own has that table's name before its own."""
    for name, value in told.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{name} ")
        else:
            yield group + name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
