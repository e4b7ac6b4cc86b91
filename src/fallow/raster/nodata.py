"""One rule for pixels without data: NaN in every band."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _spread_nodata(image, nodata):
    rows, cols, bands = image.shape
    for row in range(rows):
        for col in range(cols):
            for band in range(bands):
                value = image[row, col, band]
                if value == nodata[band] or not np.isfinite(value):
                    image[row, col, :] = np.nan
                    break


def spread_nodata(image: NDArray[np.float32], nodata: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Make every band NaN, in place, where any band is NaN, infinite, or equal to its nodata value.

    Parameters
    ----------
    image
        float32 (rows, cols, bands).
    nodata
        float32 (bands,); NaN for a band without a nodata value. Default: none has one.

    Returns
    -------
    `image` itself.

    Notes
    -----
    One pass, about 1 ns per value.
    """
    if nodata is None:
        nodata = np.full(image.shape[2], np.nan, np.float32)
    _spread_nodata(image, nodata)
    return image
