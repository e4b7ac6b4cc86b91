"""The evidence behind a result, as plain values for the page: each function gives nothing where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np

from fallow.cluster.panel import Panel
from fallow.cluster.som import Som
from fallow.plot import curves_of
from fallow.render.figures.choice import choice_figure, criterion_name
from fallow.render.figures.som import planes_figure, u_matrix_figure, units_figure
from fallow.render.figures.style import as_svg
from fallow.render.figures.training import training_figure
from fallow.render.palette import as_hex
from fallow.report.learned import encoder_files
from fallow.report.words import number_text, sentence, share_text, text_of
from fallow.result import Segmentation

MOST_SQUARES = 12  # classes whose confusion is a table; of more, only the pairs are told
MOST_PAIRS, MOST_SHIFTS = 5, 8
WORTH_TELLING = 0.005  # of two classes mixed up


def choice_of(result: Segmentation) -> dict[str, Any] | None:
    """Draw the evidence for the number of classes, where it was chosen."""
    found = result.recipe["found"]
    if not (curves := curves_of(found)):
        return None
    figure = choice_figure(found["candidates"], curves, found["criterion"], result.n_classes)
    why = [note for note in result.notes if note.startswith(f"{result.n_classes} classes:")]
    return {
        "figure": as_svg(figure),
        "why": [sentence(note) for note in why],
        "criterion": found["criterion"],
        "names": [criterion_name(name) for name in curves],
        "rows": list(zip(found["candidates"], *_texts(curves), strict=True)),
    }


def som_of(result: Segmentation) -> dict[str, Any] | None:
    """Draw the self-organizing map, where there is one."""
    som = result.clusterer
    if not isinstance(som, Som):
        return None
    is_hexagonal = som.topology == "hexagonal"
    hits, units = som.hits_.reshape(som.shape_), som.unit_class_.reshape(som.shape_)
    planes = som.component_planes()
    colors = [as_hex(color) for color in result.table.palette(som.n_classes)]
    return {
        "shape": f"{som.shape_[0]} × {som.shape_[1]}",
        "kind": f"{'toroidal, ' if som.toroidal else ''}{som.topology}",
        "errors": (number_text(som.quantization_error_), share_text(som.topographic_error_)),
        "u_matrix": as_svg(u_matrix_figure(som.u_matrix(), units, is_hexagonal=is_hexagonal)),
        "units": as_svg(units_figure(hits, units, colors, is_hexagonal=is_hexagonal)),
        "planes": as_svg(planes_figure(planes, result.feature_names, is_hexagonal=is_hexagonal)),
        "n_features": planes.shape[2],
    }


def confusion_of(result: Segmentation) -> dict[str, Any] | None:
    """Tell which classes other samples mix up."""
    if not (matrix := result.recipe["found"].get("confusion")):
        return None
    pairs = [pair for pair in Panel((), np.array(matrix)).most_confused() if pair[2] >= WORTH_TELLING]
    names = [row.name for row in result.table]
    return {
        "pairs": [(names[a - 1], names[b - 1], share_text(share)) for a, b, share in pairs[:MOST_PAIRS]],
        "names": names,
        "colors": [row.color for row in result.table],
        "rows": [[(f"{100 * share:.0f}", f"{share:.3f}") for share in row] for row in matrix],
        "is_shown": len(matrix) <= MOST_SQUARES,
    }


def drift_of(result: Segmentation) -> dict[str, Any] | None:
    """Tell how far the image lies from what the model was fitted on."""
    if not (drift := result.recipe["found"].get("drift")):
        return None
    shifts = list(drift["shifts"].items())
    most = max([1.0, *(abs(shift) for _, shift in shifts)])
    return {
        "model": str(result.recipe["input"].get("model", "a model")),
        "far": share_text(drift["share_far"]),
        "change": share_text(drift["class_change"]),
        "shifts": [
            {
                "name": name,
                "shift": f"{shift:+.1f}",
                "percent": f"{50 * abs(shift) / most:.1f}",
                "is_up": shift >= 0,
            }
            for name, shift in shifts[:MOST_SHIFTS]
        ],
        "n_features": len(shifts),
    }


def learned_of(result: Segmentation) -> list[dict[str, Any]]:
    """Draw how each encoder learned that the result used and that is still there."""
    return [
        {
            "path": str(path),
            "figure": as_svg(training_figure(encoder.curve, str(encoder.origin.get("objective", "")))),
            "origin": [(name, text_of(value)) for name, value in encoder.origin.items()],
        }
        for path, encoder in encoder_files(result.recipe)
        if len(encoder.curve)
    ]


def _texts(curves: dict[str, list[float]]) -> list[list[str]]:
    return [[number_text(value) for value in values] for values in curves.values()]
