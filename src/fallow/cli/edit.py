"""fallow edit"""

from __future__ import annotations

import json

import click

from fallow.cli import options
from fallow.cli.show import telling_of_compiling


@click.command("edit")
@click.argument("result", metavar="RESULT", type=str)
@click.option("--with", "edits", metavar="FILE", help="The recipe of edits; its own edits.toml when not said.")
@click.option("-o", "--output", metavar="DIR", help="Write there, and keep no edits in RESULT.")
@click.option("--format", "format_", default="geotiff", help='Files of the result: "geotiff", "cog" or "zarr".')
@options.overwrite
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    result: str, edits: str | None, output: str | None, format_: str, overwrite: bool, quiet: bool, as_json: bool
) -> None:
    """Name, merge, split and assign classes and regions by a recipe.

    RESULT is the folder of a result. What comes out goes into RESULT/edited, and the recipe into RESULT/edits.toml: all
    that is made of the result from then on shows the edits. The result's own files stay as they are.
    """
    from fallow import jobs

    with telling_of_compiling(quiet=quiet):
        done, folder = jobs.edit(result, edits, output, overwrite=overwrite, format=format_)
    told = {
        "folder": str(folder),
        "edits": len(done.edits),
        "regions": done.n_regions,
        "classes": list(done.table.records()),
    }
    if as_json:
        click.echo(json.dumps(told, indent=1))
    elif not quiet:
        click.echo(f"{done.name}: {len(done.edits)} edits, {done.n_regions:,} regions, {done.n_classes} classes")
        for line in str(done.table).splitlines():
            click.echo(f"  {line}")
        click.echo(f"  written to {folder}/; open {folder / 'preview.png'}")
