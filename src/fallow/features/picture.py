"""Any image as a picture of red, green and blue: what contours are looked for in, and what the network sees."""

from __future__ import annotations

import cv2
import numpy as np

from fallow.errors import InputError
from fallow.estimator import Estimator
from fallow.features.base import Bands
from fallow.features.block import Image
from fallow.features.principal import principal_axes
from fallow.features.roles import find_roles, rgb_bands
from fallow.features.tone import learn_range, stretch

# Deviation of lightness that the first principal component is given; photographs have about as much.
SPREAD = 20.0

# Deviation of the opponent colours, in units of CIE Lab, from which on an image counts as fully coloured.
COLOURED = 6.0


class Picture(Estimator):
    """How an image becomes a picture.

    One band is shown as grey, three as red, green and blue (unless they are known to be something else). Of all other
    images the principal components of the standardised bands are shown: the first as lightness, the second and third as
    the opponent colours of CIE Lab, all three in one unit.

    Attributes
    ----------
    bands_ : tuple of int
        Bands to show as they are; empty where components are shown.
    low_, high_ : float
        Values shown as black and as white.
    center_, axes_ : (bands,) and (bands, 3)
        Of the components; empty where bands are shown as they are.
    colour_ : float
        0..1, how coloured the picture is: 0 for grey.

    Examples
    --------
    >>> picture = Picture().fit(np.float32([[0], [255]]), Bands(1, dtype="uint8"))
    >>> picture.show(np.full((1, 1, 1), 51, np.float32)).tolist()
    [[[51.0, 51.0, 51.0]]]
    """

    def fit(self, samples: np.ndarray, bands: Bands) -> Picture:
        """Learn from valid pixels ``(n, bands)``.

        Raises
        ------
        InputError
            If there is none.
        """
        if not len(samples):
            raise InputError("samples must hold at least one valid pixel, got none: is all of the image no data?")
        self.low_, self.high_ = 0.0, 1.0
        self.center_ = np.zeros(0, np.float32)
        self.axes_ = np.zeros((0, 3), np.float32)
        self.bands_: tuple[int, ...] = ()
        if bands.count == 1:
            self.bands_ = (0, 0, 0)
        elif bands.count == 3 and find_roles(bands).keys() <= {"red", "green", "blue"}:
            self.bands_ = rgb_bands(bands)
        if self.bands_:
            self.low_, self.high_ = learn_range(samples[:, sorted(set(self.bands_))], bands)
        else:
            center, axes = principal_axes(samples, 3)
            deviation = ((samples[:: max(1, len(samples) // 50_000)] - center) @ axes[:, 0]).std()
            self.center_ = center.astype(np.float32)
            self.axes_ = (axes * (SPREAD / deviation if deviation > 0 else 0.0)).astype(np.float32)
        some = np.ascontiguousarray(samples[:: max(1, len(samples) // 50_000)][None], np.float32)
        chroma = opponent(self.show(some))[0, :, 1:]
        self.colour_ = float(min(1.0, np.sqrt(chroma.var(axis=0).sum()) / COLOURED))
        return self

    def show(self, image: Image) -> Image:
        """Return the picture ``(rows, cols, 3)`` float32, 0..255, of an image ``(rows, cols, bands)`` without holes."""
        if self.bands_:
            picture = stretch(image[..., sorted(set(self.bands_))], self.low_, self.high_) * np.float32(255)
            return (
                picture[..., np.argsort(np.argsort(self.bands_))]
                if len(set(self.bands_)) == 3
                else np.repeat(picture, 3, axis=2)
            )
        rows, cols, n_bands = image.shape
        lab = ((image.reshape(-1, n_bands) - self.center_) @ self.axes_).reshape(rows, cols, 3)
        lab[..., 0] += 50
        rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
        return np.clip(rgb, 0, 1, out=rgb) * np.float32(255)


def opponent(picture: Image) -> Image:
    """Return CIE Lab (lightness 0..100, two opponent colours) of a picture ``(rows, cols, 3)``, 0..255."""
    return cv2.cvtColor(picture * np.float32(1 / 255), cv2.COLOR_RGB2Lab)
