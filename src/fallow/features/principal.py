"""The axes along which standardised bands vary most: how an image of many bands becomes one plane or three."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fallow.features.reduce import PCA
from fallow.features.scale import Scaler

# Axes hardly move beyond some ten thousand rows.
MOST_ROWS = 50_000


def principal_axes(rows: np.ndarray, n_axes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the first principal components of standardised bands.

    Parameters
    ----------
    rows
        ``(n, bands)``, finite.

    Returns
    -------
    center, axes
        ``(bands,)`` and ``(bands, n_axes)``: the components of a pixel are ``(pixel - center) @ axes``. Where there are
        fewer bands than axes, the last axes are 0.
    """
    rows = rows[:: -(-len(rows) // MOST_ROWS)]
    scaler = Scaler("standard").fit(rows)
    matrix = PCA(n_axes).fit(scaler.transform(rows)).matrix_
    axes = np.zeros((rows.shape[1], n_axes))
    axes[:, : matrix.shape[1]] = scaler.factor_[:, None] * matrix
    return scaler.center_, axes
