"""Continuum removal: a spectrum divided by the line stretched over its shoulders."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def remove_continuum(spectra, wavelengths):
    """Divide each spectrum by its upper convex hull.

    Absorption bands stay, as dips below 1; the level and the slope that light and soil give a spectrum go.

    Parameters
    ----------
    spectra : (n, bands) float32
        A spectrum with NaN becomes NaN.
    wavelengths : (bands,) float64
        Rising.

    Returns
    -------
    (n, bands) float32
        0 to 1; 1 on the hull, and where the hull is not above 0. Negative values count as 0.

    Notes
    -----
    Monotone chain (Andrew 1979, doi:10.1016/0020-0190(79)90072-3), O(bands) a spectrum. Clark and Roush 1984,
    doi:10.1029/JB089iB07p06329.
    """
    n_spectra, n_bands = spectra.shape
    removed = np.ones((n_spectra, n_bands), np.float32)
    hull = np.empty(n_bands, np.int64)
    for index in range(n_spectra):
        spectrum = spectra[index]
        if np.isnan(spectrum).any():
            removed[index] = np.nan
            continue
        n_hull = 0
        for band in range(n_bands):
            while n_hull > 1 and _is_below(spectrum, wavelengths, hull[n_hull - 2], hull[n_hull - 1], band):
                n_hull -= 1
            hull[n_hull] = band
            n_hull += 1
        for corner in range(n_hull - 1):
            left, right = hull[corner], hull[corner + 1]
            slope = (spectrum[right] - spectrum[left]) / (wavelengths[right] - wavelengths[left])
            for band in range(left, right + 1):
                level = spectrum[left] + slope * (wavelengths[band] - wavelengths[left])
                if level > 0:
                    removed[index, band] = min(max(spectrum[band] / level, 0.0), 1.0)
    return removed


@njit(cache=True, nogil=True)
def _is_below(spectrum, wavelengths, left, middle, right):
    """Tell whether the middle band does not rise above the line from left to right."""
    rise = (spectrum[middle] - spectrum[left]) * (wavelengths[right] - wavelengths[left])
    return rise <= (spectrum[right] - spectrum[left]) * (wavelengths[middle] - wavelengths[left])
