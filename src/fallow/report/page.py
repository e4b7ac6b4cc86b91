"""What the report shows of a result, as plain values for its template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from PIL import Image

from fallow.plot import scores_figure
from fallow.render.encode import jpeg_uri
from fallow.render.figures.style import as_svg
from fallow.render.overlay import blend, outlined
from fallow.report.cards import cards_of, spectra_of
from fallow.report.evidence import choice_of, confusion_of, drift_of, learned_of, som_of
from fallow.report.images import Frame, scale_bar
from fallow.report.words import area_text, counted, seconds_text, sentence, text_of
from fallow.result import Segmentation
from fallow.scale_maps import ScaleMap, named_maps, own_map, scales_of

WARNING = "Warning:"
ALL = "all"  # the stage that is the whole
INDEX_SIDE = 480  # pixels of a picture in the index
NUMBERS = ("confusion", "curves")  # of a recipe, that the page shows as figures
SHOWN_ABOVE = ("rows", "cols", "band_names")


def page_of(result: Segmentation) -> dict[str, Any]:
    """Return everything that ``page.html.jinja`` shows; a section that has nothing to show is None or empty."""
    frame = Frame.of(result.small("classes").shape)
    scales = scales_of(result)
    maps = [own_map(result), *named_maps(result, scales)]
    width, height = frame.size
    notes = [sentence(note) for note in result.notes]
    return {
        "name": result.name,
        "facts": _facts(result),
        "warnings": [note for note in notes if note.startswith(WARNING)],
        "notes": [note for note in notes if not note.startswith(WARNING)],
        "width": width,
        "height": height,
        "is_pixelated": width > result.small("classes").shape[1],
        "layers": _layers(result, frame, maps),
        "scale_bar": scale_bar(),
        "cards": cards_of(result, frame),
        "spectra": spectra_of(result),
        "scales": [{"name": each.name, "why": each.why, "n": counted(each.n_regions, "region")} for each in maps],
        "scores": as_svg(scores_figure(scales)) if scales else None,
        "confidence": _class_means(result, "confidence"),
        "stability": _class_means(result, "stability") if "stability" in result.layers else None,
        "confusion": confusion_of(result),
        "choice": choice_of(result),
        "som": som_of(result),
        "learned": learned_of(result),
        "drift": drift_of(result),
        "options": _options(result),
        "recipe": _recipe_text(result.recipe),
        "seconds": _seconds(result.seconds),
    }


def index_of(folder: Path, results: Sequence[tuple[Path, Segmentation]]) -> Iterator[dict[str, Any]]:
    """Yield what ``index.html.jinja`` shows of each report in a folder."""
    for report, result in results:
        painted = blend(result.picture(), result.small("classes"), result.table.palette())
        both = np.hstack([outlined(result.picture(), result.small("regions")), painted])
        picture = Image.fromarray(both)
        picture.thumbnail((INDEX_SIDE, INDEX_SIDE))
        yield {
            "name": result.name,
            "href": report.relative_to(folder).as_posix(),
            "picture": jpeg_uri(np.asarray(picture)),
            "told": f"{counted(result.n_regions, 'region')}, {result.n_classes} classes",
        }


def _facts(result: Segmentation) -> list[tuple[str, str]]:
    """Return what stands at the top: a number, and what it counts."""
    rows, cols = result.shape
    facts = [
        (f"{result.n_regions:,}", "regions" if result.n_regions != 1 else "region"),
        (str(result.n_classes), "classes"),
        (f"{cols:,} × {rows:,}", f"pixels, {counted(len(result.table.band_names), 'band')}"),
    ]
    if result.pixel_area_m2:
        total = sum(row.area for row in result.table) * result.pixel_area_m2
        facts.append((area_text(total), f"in pixels of {result.pixel_area_m2:.3g} m²"))
    if (is_valid := result.small("classes") > 0).any():
        facts.append((f"{np.median(result.small('confidence')[is_valid]):.2f}", "median confidence, 0 to 1"))
    return facts


def _layers(result: Segmentation, frame: Frame, maps: Sequence[ScaleMap]) -> dict[str, str]:
    """Return the pictures of the page: id -> data URI."""
    classes = result.small("classes")
    colors = np.array(result.table.palette())
    layers = {
        "picture": frame.picture(result.picture()),
        "classes": frame.classes(classes, colors),
        "class-outlines": frame.outlines(classes),
    }
    for name in ("confidence", "stability"):
        if name in result.layers:
            layers[name] = frame.shares(result.small(name), classes)
    return layers | {f"scale-{number}": frame.outlines(each.regions) for number, each in enumerate(maps)}


def _class_means(result: Segmentation, layer: str) -> list[dict[str, str]]:
    """Return the mean of a layer in each class that is here, of the pixels shown."""
    values, classes = result.small(layer), result.small("classes")
    means = ((row, values[classes == row.label]) for row in result.table)
    return [
        {"name": row.name, "color": row.color, "mean": f"{here.mean():.2f}", "percent": f"{100 * here.mean():.1f}"}
        for row, here in means
        if here.size
    ]


def _options(result: Segmentation) -> list[tuple[str, str]]:
    """Return what was said, with the features in full."""
    told = {name: value for name, value in result.recipe["input"].items() if name not in SHOWN_ABOVE}
    told |= result.recipe["segment"] | {"features": result.recipe["found"]["features"]}
    return [(name.replace("_", " "), text_of(value)) for name, value in told.items()]


def _recipe_text(recipe: dict[str, Any]) -> str:
    """Return the recipe as TOML, without long lists of numbers."""
    found = {name: value for name, value in recipe["found"].items() if name not in NUMBERS}
    return tomli_w.dumps(recipe | {"found": found})


def _seconds(seconds: dict[str, float]) -> dict[str, Any] | None:
    """Return how long each stage took, and its part of the whole."""
    stages = {name: value for name, value in seconds.items() if name != ALL}
    if not stages:
        return None
    total = max(seconds.get(ALL, 0.0), sum(stages.values()), 1e-9)
    if (rest := total - sum(stages.values())) > 0.01 * total:
        stages["all else"] = rest
    return {
        "total": seconds_text(total),
        "stages": [(name, seconds_text(value), f"{100 * value / total:.1f}") for name, value in stages.items()],
    }
