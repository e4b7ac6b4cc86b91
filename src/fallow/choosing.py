"""How many classes images have, and which scales of a result stand out: judged side by side, nothing segmented."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from fallow.cluster import Choice
from fallow.config import Job
from fallow.errors import InputError
from fallow.model import Segmenter
from fallow.raster import open_images
from fallow.scale_maps import factor_of, scales_of
from fallow.stored import open_result
from fallow.tiles import Work


def choose(images: Any, *, work: Work = Work(), **options: Any) -> Choice:  # noqa: B008 (frozen)
    """Judge numbers of classes, on one image or on several together.

    What ``classes="auto"`` would choose is chosen; the evidence for every number comes with it.

    Parameters
    ----------
    images
        Paths, folders, patterns, arrays; all with the same bands.
    work : Work
        Threads, tiles and progress; never what comes out.
    **options
        As in `fallow.segment`; `classes` is "auto" (2 to 12) or a range such as "4-20".

    Returns
    -------
    Choice

    Raises
    ------
    InputError, FileError
        With one line that says what is wrong.

    Notes
    -----
    Features are computed as for a segmentation; beyond that some 1,500 rows are judged, however large the images are.

    Examples
    --------
    >>> import numpy as np
    >>> picture = np.zeros((80, 80, 3))
    >>> picture[:, 40:] = 200
    >>> picture += np.random.default_rng(0).normal(0, 5, picture.shape)
    >>> choice = choose(picture.clip(0, 255).astype(np.uint8), classes="2-4")
    >>> choice.n_classes, choice.candidates
    (2, (2, 3, 4))
    """
    job = Job.from_options((), "", **options)
    return Segmenter().set_params(**job.segment).choose(open_images(images, **job.input), work=work)


@dataclass(frozen=True)
class JudgedScale:
    """One scale of a result, see `Scales`.

    Attributes
    ----------
    name : str
        "coarse", "medium" or "fine" where it stands out, else empty.
    scale : float or None
        To be said to `fallow.segment` for it.
    """

    n_regions: int
    score: float
    variance: float
    autocorrelation: float
    name: str
    scale: float | None


def choose_scale(folder: str | os.PathLike[str]) -> list[JudgedScale]:
    """Judge every scale of a saved result, from coarse to fine, without its image.

    Raises
    ------
    InputError
        If the folder holds no result, or one whose regions have one scale alone.
    """
    result = open_result(folder)
    if (scales := scales_of(result)) is None:
        raise InputError(f'{folder} has one scale alone; segment with unit="region" for all of them')
    named = {each.n_regions: each for each in scales.named}
    return [
        JudgedScale(
            n_regions=int(n),
            score=float(score),
            variance=float(variance),
            autocorrelation=float(autocorrelation),
            name=named[n].name if n in named else "",
            scale=factor_of(result, named[n]) if n in named else None,
        )
        for n, score, variance, autocorrelation in zip(
            scales.n_regions, scales.score, scales.variance, scales.autocorrelation, strict=True
        )
    ]
