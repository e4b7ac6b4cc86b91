"""Give the labels of one map the numbers of those of another that they lie on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.maps import as_labels


def match(labels: ArrayLike, like: ArrayLike) -> NDArray[np.int32]:
    """Number labels as those of another map, one to one, so that as many pixels as can be have the same number.

    Parameters
    ----------
    labels, like : integers of one shape, 0 is no data

    Returns
    -------
    int32 of that shape. Labels that lie on none of their own are numbered on after the largest label of `like`.

    Raises
    ------
    InputError
        If the shapes differ.

    References
    ----------
    Kuhn 1955, doi:10.1002/nav.3800020109 (the assignment problem).

    Examples
    --------
    >>> match([[1, 1, 2, 3]], like=[[4, 4, 1, 0]]).tolist()
    [[4, 4, 1, 5]]
    """
    from scipy.optimize import linear_sum_assignment

    labels, like = as_labels(labels), as_labels(like)
    if labels.shape != like.shape:
        raise InputError(f"maps to match must have one shape, got {labels.shape} and {like.shape}")
    n, n_like = int(labels.max(initial=0)) + 1, int(like.max(initial=0)) + 1
    shared = np.bincount(labels.ravel().astype(np.int64) * n_like + like.ravel(), minlength=n * n_like)
    shared = shared.reshape(n, n_like)[1:, 1:]
    own, other = linear_sum_assignment(shared, maximize=True)
    table = np.zeros(n, np.int32)
    table[own + 1] = np.where(shared[own, other] > 0, other + 1, 0)
    alone = np.flatnonzero((table == 0) & (np.arange(n) > 0))
    table[alone] = n_like + np.arange(len(alone))
    return table[labels]
