"""A card for each class: how much of it there is, what the bands hold in it, and places that show it."""

from __future__ import annotations

from typing import Any

import numpy as np

from fallow.render.figures.spectra import spectra_figure, spectrum_figure, value_limits
from fallow.render.figures.style import as_svg
from fallow.render.palette import as_hex
from fallow.report.images import Frame
from fallow.report.patches import find_patches
from fallow.report.words import area_text, number_text, share_text
from fallow.result import Segmentation

MOST_MEANS = 4  # bands told as numbers; of more, the spectrum is drawn


def cards_of(result: Segmentation, frame: Frame) -> list[dict[str, Any]]:
    """Return what is told of each class, those without a pixel too."""
    classes, confidence, picture = result.small("classes"), result.small("confidence"), result.picture()
    names = result.table.band_names
    has_spectrum = len(names) > MOST_MEANS
    limits = value_limits(*_means_of(result)) if has_spectrum else (0.0, 1.0)
    cards = []
    for row in result.table:
        is_here = classes == row.label
        mean, deviation = np.array(row.mean), np.array(row.deviation)
        card: dict[str, Any] = {
            "name": row.name,
            "color": row.color,
            "seen": _mean_color(picture[is_here]),
            "pixels": f"{row.area:,} px",
            "ground": area_text(row.area_m2),
            "share": share_text(row.share),
            "percent": f"{100 * row.share:.2f}",
            "patches": [frame.window(window) for window in find_patches(classes, confidence, row.label)],
            "spectrum": None,
            "means": [],
        }
        if row.area and has_spectrum:
            card["spectrum"] = as_svg(spectrum_figure(mean, deviation, row.color, names, limits))
        elif row.area:
            values = zip(names, row.mean, row.deviation, strict=True)
            card["means"] = [(name, number_text(m), number_text(d)) for name, m, d in values]
        cards.append(card)
    return cards


def spectra_of(result: Segmentation) -> str | None:
    """Draw the means of all classes together, where there are bands enough for spectra."""
    if len(result.table.band_names) <= MOST_MEANS:
        return None
    colors = [row.color for row in result.table if row.area]
    return as_svg(spectra_figure(_means_of(result)[0], colors, result.table.band_names))


def _means_of(result: Segmentation) -> tuple[np.ndarray, np.ndarray]:
    """Return means and deviations of the classes that have pixels, (classes, bands) each."""
    rows = [row for row in result.table if row.area]
    return np.array([row.mean for row in rows]), np.array([row.deviation for row in rows])


def _mean_color(pixels: np.ndarray) -> str | None:
    """Return the mean of pixels (n, 3) as they are shown; None where there is none."""
    if not len(pixels):
        return None
    red, green, blue = (round(float(each)) for each in pixels.mean(axis=0))
    return as_hex((red, green, blue))
