"""fallow report"""

from __future__ import annotations

import json

import click


@click.command("report")
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=str)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the pages as JSON.")
def command(folders: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Write a result as one page to look at.

    DIR is the folder of a result, into which report.html goes; or a folder of results, which then gets an index.html.
    """
    from fallow import jobs

    pages = []
    for page in jobs.report(folders):
        pages.append(str(page))
        if not quiet and not as_json:
            click.echo(f"written: {page}")
    if as_json:
        click.echo(json.dumps(pages, indent=1))
