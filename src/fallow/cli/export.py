"""fallow export"""

from __future__ import annotations

import json
from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import telling_of_compiling


@click.command("export")
@click.argument("folders", nargs=-1, required=True, metavar="RESULT...", type=str)
@click.option(
    "--to",
    required=True,
    metavar="FORMAT",
    help="A vector file: gpkg, geojson, flatgeobuf, shapefile, geoparquet; or coco, label-studio, cvat, masks.",
)
@click.option("-o", "--output", metavar="TARGET", help="Where to; RESULT/export/ when not said.")
@click.option("--by", help='What is outlined: each "region", or each "class".')
@click.option("--to-crs", metavar="CRS", help="Coordinate system of the polygons, as in EPSG:4326.")
@click.option("--simplify", type=float, metavar="PIXELS", help="How far outlines may move; 0 keeps pixels.")
@click.option("--smooth", is_flag=True, default=None, help="Round corners.")
@click.option("--min-area", help='Smaller areas join a neighbour: pixels, or "200m2", "0.5ha".')
@click.option("--chip", type=int, metavar="PIXELS", help="Longest side of the chips that a large image is cut into.")
@click.option("--picture", help='Pictures of the chips: "jpg", "png" or "none".')
@click.option("--image", metavar="FILE", help="Where the image is, if not where it was segmented.")
@click.option("--segmentation", help='Masks of COCO as "rle" or "polygon".')
@click.option("--shapes", help='Shapes of Label Studio: "brush" or "polygon".')
@click.option("--image-url", metavar="TEXT", help="What stands before a picture's name in Label Studio.")
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(
    folders: tuple[str, ...],
    to: str,
    output: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Hand results over to other tools.

    RESULT is the folder of a result. An option that is said and that FORMAT does not have is an error.
    """
    from fallow import jobs

    written = []
    with telling_of_compiling(quiet=quiet):
        for path in jobs.export(folders, to, output, overwrite=overwrite, **options.said(**said)):
            written.append(str(path))
            if not quiet and not as_json:
                click.echo(f"written: {path}")
    if as_json:
        click.echo(json.dumps(written, indent=1))
