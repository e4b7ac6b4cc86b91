"""A job: images, options and where results go; and its place in a TOML file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from fallow.errors import InputError, nearest
from fallow.model import Segmenter
from fallow.raster.open import INPUT_OPTIONS
from fallow.recipe import read_recipe
from fallow.report import check_report
from fallow.saving import check_format


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes
    ----------
    images : tuple of str
        Files, folders and patterns.
    output : str
        Folder of results, or the model file.
    input : dict
        Options of `open_source`.
    segment : dict
        Parameters of `Segmenter`; what is not in it has the constructor's default.
    overwrite : bool
    format : str
        Of the result's layers, see `Segmentation.save`.
    report : bool
        Write a report beside each result.
    edits : str, optional
        Recipe of edits for what a model makes of each image.
    """

    images: tuple[str, ...]
    output: str
    input: dict[str, Any] = field(default_factory=dict)
    segment: dict[str, Any] = field(default_factory=dict)
    overwrite: bool = False
    format: str = "geotiff"
    report: bool = False
    edits: str | None = None

    @classmethod
    def from_options(
        cls,
        images: Iterable[str],
        output: str,
        *,
        overwrite: bool = False,
        format: str = "geotiff",
        report: bool = False,
        edits: str | None = None,
        recipe: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Self:
        """Build a job from flat options; those said here come before those of a recipe.

        Raises
        ------
        InputError
            For an option that does not exist; the message names the nearest one.
        MissingExtraError
            If a report is wanted, or a format, and what makes it is not installed.
        """
        if report:
            check_report()
        known = (*INPUT_OPTIONS, *Segmenter.param_names())
        for name in options:
            if name not in known:
                raise InputError(f"there is no option {name!r}{nearest(name, known)}")
        images = tuple(images)
        if recipe:
            past = read_recipe(recipe)
            if "model" in past["input"]:
                raise InputError(f"{recipe} tells of a model; repeat it with fallow apply {past['input']['model']}")
            images = images or (past["input"]["image"],)
            options = _options_of(past) | options
        return cls(
            images=images,
            output=output,
            input={k: v for k, v in options.items() if k in INPUT_OPTIONS and v is not None},
            segment={k: v for k, v in options.items() if k not in INPUT_OPTIONS},
            overwrite=overwrite,
            format=check_format(format),
            report=report,
            edits=edits,
        )


def _options_of(recipe: dict[str, Any]) -> dict[str, Any]:
    """Pick the options out of a recipe, leaving what it only tells."""
    return {k: v for k, v in recipe["input"].items() if k in INPUT_OPTIONS} | recipe["segment"]
