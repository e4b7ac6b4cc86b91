"""fallow join"""

from __future__ import annotations

import json

import click


@click.command("join")
@click.argument("folder", type=str)
@click.option("-o", "--output", required=True, metavar="FILE", help="The GeoTIFF to write, as in classes.tif.")
@click.option("--labels", metavar="PATH", help="What came back: a .json or .xml file, or a folder of masks.")
@click.option("--missing", help='A chip that did not come back: "fail", or become "nodata".')
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was joined as JSON.")
def command(
    folder: str, output: str, labels: str | None, missing: str | None, overwrite: bool, quiet: bool, as_json: bool
) -> None:
    """Put corrected chips together to one map of classes.

    FOLDER is what "fallow export --to coco", "label-studio", "cvat" or "masks" wrote.
    """
    from fallow import jobs
    from fallow.cli import options

    said = options.said(labels=labels, missing=missing)
    joined = jobs.join(folder, output, overwrite=overwrite, **said)
    if as_json:
        click.echo(json.dumps(joined.record(), indent=1, ensure_ascii=False))
    elif not quiet:
        click.echo(f"written: {joined.path}, {joined.n_chips} chips, {len(joined.classes)} classes")
        for label in joined.added:
            click.echo(f"  new: class {label.number}, {label.name}")
        if joined.missing:
            click.echo(f"  missing, now no data: {', '.join(joined.missing)}")
