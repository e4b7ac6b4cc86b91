"""From bands of any kind to a picture that shows something."""

from __future__ import annotations

import numpy as np

from fallow.features import Bands, find_roles


def choose_rgb(names: tuple[str, ...], wavelengths: tuple[float, ...] | None = None) -> tuple[int, int, int]:
    """Choose the bands (from 0) to show as red, green and blue.

    By name or wavelength where the image tells them, as the features do; the first three otherwise; three spread over
    the range for a cube of more than 12 bands, and the first alone for one or two.

    >>> choose_rgb(("blue", "green", "red", "nir"))
    (2, 1, 0)
    """
    roles = find_roles(Bands(len(names), names, wavelengths=wavelengths))
    if {"red", "green", "blue"} <= roles.keys():
        return roles["red"], roles["green"], roles["blue"]
    if len(names) > 12:
        red, green, blue = (int(share * (len(names) - 1)) for share in (0.75, 0.4, 0.1))
        return red, green, blue
    return (0, 1, 2) if len(names) >= 3 else (0, 0, 0)


def stretch(picture: np.ndarray, *, is_8bit: bool) -> np.ndarray:
    """Stretch a float picture to 8 bits: as it is when stored in 8 bits, else each band's 2nd to 98th percentile.

    An 8-bit picture that uses less than a third of its range is stretched as well. No data becomes white.

    Parameters
    ----------
    picture : (rows, cols, 3) float32, NaN where no data

    Returns
    -------
    (rows, cols, 3) uint8
    """
    thin = picture[tuple(slice(None, None, -(-side // 150)) for side in picture.shape[:2])]
    return stretch_to(picture, *limits(thin.reshape(-1, 3), is_8bit=is_8bit))


def limits(pixels: np.ndarray, *, is_8bit: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (3,) that become black and white by the rule of `stretch`, from a sample of pixels (n, 3)."""
    valid = pixels[~np.isnan(pixels).any(-1)]
    low, high = np.zeros(3, np.float32), np.full(3, 255, np.float32)
    if len(valid):
        darkest, brightest = np.percentile(valid, (2, 98), axis=0).astype(np.float32)
        if not is_8bit or (brightest - darkest).max() < 85:
            low, high = darkest, np.maximum(brightest, darkest + 1e-6 * np.maximum(1, np.abs(darkest)))
    return low, high


def stretch_to(picture: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Stretch a float picture to 8 bits between two values a band; no data becomes white."""
    scaled = picture - low
    scaled *= 255 / (high - low)
    np.clip(scaled, 0, 255, out=scaled)
    scaled[np.isnan(scaled)] = 255
    scaled += 0.5
    return scaled.astype(np.uint8)
