"""Options that several commands share. None has a default here: what is not said is decided by the `Segmenter`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from fallow.errors import InputError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _together(*options: Decorator) -> Decorator:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _window(ctx: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...] | None:  # noqa: ARG001
    """Read four numbers."""
    try:
        return None if text is None else tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"window must be four whole numbers ROW0,ROW1,COL0,COL1, got {text!r}") from None


images = click.argument("images", nargs=-1, metavar="IMAGE...", type=str)

overwrite = click.option("--overwrite", is_flag=True, help="Replace an existing result.")

input_options = _together(
    click.option("--bands", help='Bands to use, in this order: "1-3,7" or names "red,nir".'),
    click.option("--drop-bands", help="Bands to leave out (bad bands of a cube)."),
    click.option("--nodata", type=float, help="Value that means no data, beside what the file says."),
    click.option("--mask", type=str, metavar="FILE", help="Keep only what this raster or these polygons cover."),
    click.option(
        "--window", metavar="ROW0,ROW1,COL0,COL1", callback=_window, help="Part of the image, in pixels, half open."
    ),
    click.option("--variable", help="Variable of a .mat or .npz file."),
)

choice_options = _together(
    click.option("-k", "--classes", help='How many: a number, "auto", or a range such as "4-20".'),
    click.option("-f", "--features", help='Families: "auto", "color,texture", "color,space=hsv,texture,weight=0.5".'),
    click.option("-m", "--method", help='"kmeans", "mixture" or "som", with parameters as in "som,shape=20x20".'),
)

unit_options = _together(
    click.option("--unit", help='What is classified: "region" (superpixels, merged) or "pixel".'),
    click.option("--scene", help='What is looked at: "photo", "aerial", or "auto" (looks).'),
    click.option("--scale", type=float, metavar="FACTOR", help="Above 1 for fewer regions, below 1 for more."),
    click.option("--effort", help='"fast" (without the network), "balanced" or "best".'),
    click.option("--network", help='What sees each picture: "lite0" (embedded), an encoder file, or "hub:NAME".'),
    click.option("--scaling", help='"auto", "standard", "robust" or "none".'),
    click.option("--reduce", help='"pca" or "mnf", as in "pca,n_components=10".'),
    click.option("--majority", type=int, metavar="RADIUS", help="Majority filter on the classes, radius in pixels."),
    click.option("--min-area", help='Minimum mapping unit: pixels, or "200m2", "0.5ha".'),
    click.option("--sample", type=int, metavar="PIXELS", help="Pixels to fit on (a million when not said)."),
    click.option("--stability", type=int, metavar="N", help="Learn the classes N times more; map where they agree."),
    click.option("--seed", "random_state", type=int, help="Same seed, same bytes."),
)

segment_options = _together(choice_options, unit_options)

recipe = click.option(
    "--recipe", metavar="FILE", help="Repeat the recipe.toml of a result; what is said here comes first."
)


def _tile(ctx: click.Context, option: click.Parameter, text: str | None) -> tuple[int, int] | None:  # noqa: ARG001
    """Read one number or ROWSxCOLS."""
    if text is None:
        return None
    sides = text.lower().split("x")
    try:
        rows, cols = (int(side) for side in (sides * 2 if len(sides) == 1 else sides))
    except ValueError:
        raise InputError(f"tile must be a number of pixels or ROWSxCOLS, got {text!r}") from None
    return rows, cols


work_options = _together(
    click.option("--workers", type=click.IntRange(min=1), help="How many work at once; all processors when not said."),
    click.option("--memory", metavar="SIZE", help='Most memory, as in "2GB"; fewer work at once if need be.'),
    click.option("--tile", metavar="SIZE", callback=_tile, help='Pixels read at once: "512" or "1000x700".'),
    click.option("--runner", help='Where: "threads", "serial", "processes" or "dask".'),
    click.option("--scheduler", metavar="ADDRESS", help="A running Dask scheduler, as in tcp://10.0.0.5:8786."),
    click.option("--on-error", help='An unreadable part: "fail", or become "nodata" and be reported.'),
)

output_options = _together(
    click.option("--format", "format_", help='Files of the result: "geotiff", "cog" or "zarr".'),
    click.option("--report", is_flag=True, help="Write report.html as well: everything to look at, in one file."),
    click.option("--dry-run", is_flag=True, help="Tell what it would take (memory, disk, time) and do nothing."),
)

manners = _together(
    work_options,
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
)


def said(**options: Any) -> dict[str, Any]:
    """Keep only the options that were said; numbers of classes become numbers."""
    kept = {name.rstrip("_"): value for name, value in options.items() if value is not None}
    if str(kept.get("classes", "")).isdecimal():
        kept["classes"] = int(kept["classes"])
    return kept


def how(said: dict[str, Any]) -> dict[str, Any]:
    """Take out of what was said how the work is to be done; what is left says what it is."""
    names = ("workers", "memory", "tile", "runner", "scheduler", "on_error")
    return {name: said.pop(name, None) for name in names}
