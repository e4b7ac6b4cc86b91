"""Figures of a result for notebooks: what each of them shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fallow.cluster.som import Som
from fallow.errors import InputError, check_choice
from fallow.regions.scales import Scales
from fallow.render.overlay import blend, outlined
from fallow.render.palette import as_hex
from fallow.scale_maps import named_maps, own_map, scales_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fallow.result import Segmentation


def plot(result: Segmentation, what: str) -> Figure:
    """Draw one of `PLOTS`; see `Segmentation.plot`."""
    return PLOTS[check_choice("what", what, PLOTS)](result)


def curves_of(found: dict[str, Any]) -> dict[str, list[float]]:
    """Return criterion -> values, one a number of classes tried; empty where the number was said.

    Parameters
    ----------
    found
        What a recipe tells of the fit.
    """
    if "candidates" not in found:
        return {}
    curves = {found["criterion"]: found["scores"]} | found.get("curves", {})
    return {name: values for name, values in curves.items() if len(values) == len(found["candidates"])}


def scores_figure(scales: Scales) -> Figure:
    """Draw how good each scale is."""
    from fallow.render.figures.scales import scales_figure

    named = [(each.name, each.n_regions, each.score) for each in scales.named]
    return scales_figure(scales.n_regions, scales.score, scales.variance, scales.autocorrelation, named)


def _plot_result(result: Segmentation) -> Figure:
    from fallow.render.figures.maps import maps_figure
    from fallow.render.figures.style import sequential

    picture, classes = result.picture(), result.small("classes")
    confidence = sequential(result.small("confidence"))
    confidence[classes == 0] = 0
    painted = blend(picture, classes, result.table.palette())
    panels = [(f"{result.n_regions:,} regions", outlined(picture, result.small("regions")))]
    return maps_figure([*panels, (f"{result.n_classes} classes", painted), ("confidence", confidence)])


def _plot_classes(result: Segmentation) -> Figure:
    from fallow.render.figures.spectra import spectra_figure

    rows = [row for row in result.table if row.area]
    means, deviations = (np.array([getattr(row, name) for row in rows]) for name in ("mean", "deviation"))
    return spectra_figure(means, [row.color for row in rows], result.table.band_names, deviations=deviations)


def _plot_scales(result: Segmentation) -> Figure:
    from fallow.render.figures.maps import maps_figure

    picture = result.picture()
    maps = named_maps(result, scales_of(result)) or [own_map(result)]
    return maps_figure([(f"{each.name}: {each.n_regions:,} regions", outlined(picture, each.regions)) for each in maps])


def _plot_scores(result: Segmentation) -> Figure:
    if (scales := scales_of(result)) is None:
        raise InputError("this result has one scale alone, so there is nothing to compare")
    return scores_figure(scales)


def _plot_choice(result: Segmentation) -> Figure:
    from fallow.render.figures.choice import choice_figure

    found = result.recipe["found"]
    if not (curves := curves_of(found)):
        raise InputError("the number of classes was said, so there is no choice to plot")
    return choice_figure(found["candidates"], curves, found["criterion"], result.n_classes)


def _plot_som(result: Segmentation) -> Figure:
    from fallow.render.figures.som import som_figure

    som = _som_of(result)
    units, hits = som.unit_class_.reshape(som.shape_), som.hits_.reshape(som.shape_)
    colors = [as_hex(color) for color in result.table.palette(som.n_classes)]
    return som_figure(som.u_matrix(), hits, units, colors, is_hexagonal=som.topology == "hexagonal")


def _plot_planes(result: Segmentation) -> Figure:
    from fallow.render.figures.som import planes_figure

    som = _som_of(result)
    return planes_figure(som.component_planes(), result.feature_names, is_hexagonal=som.topology == "hexagonal")


def _som_of(result: Segmentation) -> Som:
    if not isinstance(result.clusterer, Som):
        raise InputError('only classes of a self-organizing map have one to plot; segment with method="som"')
    return result.clusterer


PLOTS = {
    "result": _plot_result,
    "classes": _plot_classes,
    "scales": _plot_scales,
    "scores": _plot_scores,
    "choice": _plot_choice,
    "som": _plot_som,
    "planes": _plot_planes,
}
