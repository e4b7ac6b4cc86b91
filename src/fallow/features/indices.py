"""Spectral indices: known ratios of bands that stand for plants, water, soil and roofs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fallow.errors import InputError, nearest
from fallow.features.base import Bands, Feature
from fallow.features.block import Block, Image
from fallow.features.roles import find_roles

# Values beyond come from denominators near 0 alone.
LIMIT = 2.0


@dataclass(frozen=True)
class Index:
    """One index: the roles it needs, and numerator and denominator from their reflectances in this order."""

    roles: tuple[str, ...]
    ratio: Callable[..., tuple[Image, Image]]


def _contrast(*roles: str) -> Index:
    """The index ``(a - b) / (a + b)``."""
    return Index(roles, lambda a, b: (a - b, a + b))


INDICES = {
    "ndvi": _contrast("nir", "red"),
    "gndvi": _contrast("nir", "green"),
    "ndre": _contrast("nir", "rededge"),
    "evi": Index(("nir", "red", "blue"), lambda n, r, b: (2.5 * (n - r), n + 6 * r - 7.5 * b + 1)),
    "savi": Index(("nir", "red"), lambda n, r: (1.5 * (n - r), n + r + 0.5)),
    "ndwi": _contrast("green", "nir"),
    "mndwi": _contrast("green", "swir1"),
    "ndmi": _contrast("nir", "swir1"),
    "nbr": _contrast("nir", "swir2"),
    "ndbi": _contrast("swir1", "nir"),
    "bsi": Index(("swir1", "red", "nir", "blue"), lambda s, r, n, b: (s + r - n - b, s + r + n + b)),
    "exg": Index(("red", "green", "blue"), lambda r, g, b: (2 * g - r - b, r + g + b)),
    "vari": Index(("green", "red", "blue"), lambda g, r, b: (g - r, g + r - b)),
}


class Indices(Feature):
    """Spectral indices that the image's bands allow.

    Parameters
    ----------
    which
        "all" that can be had, or names joined by plus signs, such as ``"ndvi+ndwi"``: ndvi, gndvi, ndre, evi, savi
        (plants), ndwi, mndwi (open water), ndmi (water in leaves), nbr (burnt land), ndbi (built-up land), bsi (bare
        soil), exg, vari (plants in plain colour pictures).

    Notes
    -----
    Bands are found by name (red, nir, swir1, Sentinel-2's B04, Landsat's SR_B4...) or by wavelength. Values are 0 where
    the denominator is 0, and cut at -2 and 2. evi and savi add constants to reflectance: stored values are divided by
    255 (8 bit), by 10,000 (larger integers, as Sentinel-2 and most products store them; by 65,535 if the image is
    brighter than 2 then), or not at all (floats). Cost: 12 ns a pixel and index, pointwise.

    References
    ----------
    ndvi Tucker 1979, doi:10.1016/0034-4257(79)90013-0; gndvi Gitelson et al. 1996, doi:10.1016/S0034-4257(96)00072-7;
    ndre Barnes et al. 2000; evi Huete et al. 2002, doi:10.1016/S0034-4257(02)00096-2; savi Huete 1988,
    doi:10.1016/0034-4257(88)90106-X; ndwi McFeeters 1996, doi:10.1080/01431169608948714; mndwi Xu 2006,
    doi:10.1080/01431160600589179; ndmi Gao 1996, doi:10.1016/S0034-4257(96)00067-3; nbr Key and Benson 2006; ndbi Zha
    et al. 2003, doi:10.1080/01431160304987; bsi Rikimaru et al. 2002; exg Woebbecke et al. 1995,
    doi:10.13031/2013.27838; vari Gitelson et al. 2002, doi:10.1016/S0034-4257(01)00289-9.
    """

    family = "indices"

    def __init__(self, which: str = "all") -> None:
        self.which = which

    @property
    def names(self) -> tuple[str, ...]:
        """The indices' names."""
        return tuple(self.indices_)

    def check(self) -> None:
        """Raise `InputError` for an unknown index."""
        for name in self._asked():
            if name not in INDICES:
                raise InputError(f'which must be "all" or names of {", ".join(INDICES)} joined by "+", got {name!r}'
                                 f"{nearest(name, INDICES)}")  # fmt: skip

    def _asked(self) -> list[str]:
        return list(INDICES) if self.which == "all" else str(self.which).split("+")

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.roles_ = find_roles(bands)
        lacking = {name: [role for role in INDICES[name].roles if role not in self.roles_] for name in self._asked()}
        self.indices_ = [name for name, roles in lacking.items() if not roles]
        if not self.indices_ or (self.which != "all" and any(lacking.values())):
            needs = "; ".join(f"{name} lacks {', '.join(roles)}" for name, roles in lacking.items() if roles)
            raise InputError(f"the bands {', '.join(bands.names)} do not tell what the indices need: {needs}")
        self.unit_ = reflectance_unit(samples, bands.dtype)

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, indices)``."""
        image = block.fill(block.image)
        reflectance = {role: image[..., band] / np.float32(self.unit_) for role, band in self.roles_.items()}
        asked = [INDICES[name] for name in self.indices_]
        values = [safe_ratio(*index.ratio(*(reflectance[role] for role in index.roles))) for index in asked]
        return np.stack(values, axis=2)


def safe_ratio(numerator: Image, denominator: Image) -> Image:
    """Divide; 0 where the denominator is 0, cut at -2 and 2."""
    is_zero = denominator == 0
    ratio = np.where(is_zero, 0, numerator) / np.where(is_zero, 1, denominator)
    return np.clip(ratio, -LIMIT, LIMIT, out=ratio)


def reflectance_unit(samples: Image, dtype: str) -> float:
    """Return the stored value that stands for a reflectance of 1."""
    if dtype == "uint8":
        return 255.0
    if not np.issubdtype(np.dtype(dtype), np.integer):
        return 1.0
    return 10_000.0 if np.percentile(samples, 99) <= 20_000 else 65_535.0
