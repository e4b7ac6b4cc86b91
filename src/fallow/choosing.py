"""How many classes images have: numbers judged side by side, and nothing segmented."""

from __future__ import annotations

from typing import Any

from fallow.cluster import Choice
from fallow.config import Job
from fallow.model import Segmenter
from fallow.raster import open_images
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
    >>> picture = np.zeros((60, 60, 3), np.uint8)
    >>> picture[:, 20:], picture[:, 40:] = 100, 200
    >>> choice = choose(picture + np.random.default_rng(0).integers(0, 9, picture.shape, np.uint8), unit="pixel")
    >>> choice.n_classes, choice.candidates
    (3, (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
    """
    job = Job.from_options((), "", **options)
    return Segmenter().set_params(**job.segment).choose(open_images(images, **job.input), work=work)
