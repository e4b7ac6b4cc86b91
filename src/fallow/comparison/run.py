"""Compare: describe the images once by each choice of features, then fit and measure every combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from fallow import run
from fallow.cluster import thread_limit
from fallow.cluster.chunks import in_threads
from fallow.comparison.choices import Choices, Combination, read_choices
from fallow.comparison.judge import Figures, Judge
from fallow.comparison.rank import rank
from fallow.comparison.result import Compared, Comparison
from fallow.errors import InputError
from fallow.model import Segmenter
from fallow.raster import Source
from fallow.recipe import write_recipe
from fallow.render.stretch import choose_rgb
from fallow.tiles import Work
from fallow.tiles.bands import bands_of, check_same_bands
from fallow.tiles.lattice import show_lattice
from fallow.tiles.plan import follow, make_plan
from fallow.units.together import Described, describe_together

Measured = tuple[Combination, Figures, np.ndarray]


def compare_sources(
    sources: Sequence[Source], options: dict[str, Any], *, features: Any, methods: Any, classes: Any, work: Work
) -> Comparison:
    """Compare all combinations of features, methods and numbers of classes on images taken together.

    Parameters
    ----------
    options : dict
        Parameters of `Segmenter` that hold for all.
    features, methods, classes
        Lists, as `read_choices` reads them.

    Raises
    ------
    InputError
        If an option cannot be right, the images have different bands, or none of the combinations can be fitted.
    """
    if not sources:
        raise InputError("images must hold at least one image, got none")
    bands = bands_of(sources[0])
    for source in sources[1:]:
        check_same_bands(bands, source, f"the first image, {sources[0].name},")
    choices = read_choices(features, methods, classes, bands)
    segmenter = Segmenter(**options | {"features": list(choices.features)})
    segmenter.check_numbers(max(choices.classes))
    if work.memory is not None:
        largest = max(sources, key=lambda source: source.shape[0] * source.shape[1])
        work = follow(make_plan(largest, segmenter.appetite(largest), work), work)
    wishes = [replace(segmenter.wish(), features=text) for text in choices.features]
    with run.one_thread_each(), thread_limit(work.workers):
        described = describe_together(segmenter.unit, wishes, sources, bands, work)
        measured, notes = _measure(choices, described, segmenter.random_state, work)
        shown = sources[0]
        picture = show_lattice(shown, choose_rgb(shown.band_names, shown.wavelengths), work)
    ranking = rank([figures for _, figures, _ in measured])
    compared = []
    for number, (index, score, is_tied) in enumerate(
        zip(ranking.order, ranking.score, ranking.is_tied, strict=True), 1
    ):
        combination, figures, labels = measured[index]
        labels = np.where(np.isnan(picture[..., 0]), 0, labels)  # superpixels know cells of 2 x 2 pixels
        compared.append(Compared(combination, figures, number, float(score), bool(is_tied), labels))
    return Comparison(
        name=shown.name,
        compared=tuple(compared),
        verdict=ranking.verdict,
        notes=notes,
        picture=picture,
        is_8bit=shown.dtype == np.uint8,
        recipe=_recipe(shown, options, compared[0]),
    )


def _measure(
    choices: Choices, described: Sequence[Described], random_state: int, work: Work
) -> tuple[list[Measured], list[str]]:
    """Measure each combination; what sees the same as an earlier one, or cannot be fitted, is left out and told of."""
    seen: dict[tuple[str, ...], str] = {}
    notes: list[str] = []
    by_text = dict(zip(choices.features, described, strict=True))
    for text, told in by_text.items():
        if told.features in seen:
            notes.append(f"features {text!r} are here the same as {seen[told.features]!r}, and left out")
        seen.setdefault(told.features, text)
    jobs = [(text, method) for text in seen.values() for method in choices.methods]
    judges = {text: Judge(by_text[text], random_state=random_state) for text in seen.values()}
    on_step, done = work.on_step("comparing"), count(1)

    def measure(job: tuple[str, str]) -> list[tuple[int, Figures, np.ndarray] | InputError]:
        text, method = job
        found = []
        for each in judges[text].measure(method, choices.classes):
            found.append(each)
            if on_step:
                on_step(next(done), len(jobs) * len(choices.classes))
        return found

    measured: list[Measured] = []
    refused: list[InputError] = []
    for (text, method), found in zip(jobs, in_threads(measure, jobs), strict=True):
        for each in found:
            if isinstance(each, InputError):
                refused.append(each)
                notes.append(f"left out {text} | {method}: {each}")
            else:
                n_classes, figures, labels = each
                measured.append((Combination(text, method, n_classes), figures, labels))
    if not measured:
        raise refused[0]
    return measured, notes


def _recipe(source: Source, options: dict[str, Any], winner: Compared) -> dict[str, Any]:
    """Return the recipe of the winner."""
    segmenter = Segmenter(**options | vars(winner.combination))
    found = {name: round(value, 6) for name, value in vars(winner.figures).items()}
    return write_recipe(source, segment=segmenter.plain_params(), found=found)
