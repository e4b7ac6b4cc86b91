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
    >>> picture = np.zeros((80, 80, 3))
    >>> picture[:, 40:] = 200
    >>> picture += np.random.default_rng(0).normal(0, 5, picture.shape)
    >>> choice = choose(picture.clip(0, 255).astype(np.uint8), classes="2-4")
    >>> choice.n_classes, choice.candidates
    (2, (2, 3, 4))
    """
    job = Job.from_options((), "", **options)
    return Segmenter().set_params(**job.segment).choose(open_images(images, **job.input), work=work)
