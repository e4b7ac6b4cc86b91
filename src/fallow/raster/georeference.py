"""Where an image lies on the Earth, and how large its pixels are there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

# WGS 84 (EPSG:7030); other modern ellipsoids differ from it by less than 1e-6 in area.
_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.0066943799901413165

Transform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Georeference:
    """Coordinate reference system and affine transform of an image.

    Attributes
    ----------
    crs
        As WKT, or None when the file gives coordinates without saying of what system.
    transform
        ``(a, b, c, d, e, f)``: the corner of pixel (row, col) lies at ``a col + b row + c, d col + e row + f``.
        None when the file names a system but not the place.
    """

    crs: str | None = None
    transform: Transform | None = None

    @property
    def crs_name(self) -> str:
        """The system's name for people, such as ``WGS 84 / UTM zone 33N (EPSG:32633)``."""
        if self.crs is None:
            return "not named"
        from rasterio.crs import CRS

        code = CRS.from_wkt(self.crs).to_epsg()
        name = self.crs.split('"')[1]
        return name if code is None else f"{name} (EPSG:{code})"

    def shifted(self, rows: int, cols: int) -> Georeference:
        """Return the georeference of the part of the image that starts at pixel (`rows`, `cols`)."""
        if self.transform is None:
            return self
        a, b, c, d, e, f = self.transform
        return replace(self, transform=(a, b, a * cols + b * rows + c, d, e, d * cols + e * rows + f))

    def pixel_area_m2(self, shape: tuple[int, int]) -> float | None:
        """Return the area of one pixel on the ground, in square metres, at the centre of the image.

        Projected systems count in their own unit, as map tools do: a 10 m pixel is 100 m², whatever the scale error of
        the projection. Web Mercator (EPSG:3857), which inflates areas by ``1 / cos²(latitude)``, is corrected.
        Geographic systems are measured on the WGS 84 ellipsoid at the latitude of the centre.

        Parameters
        ----------
        shape
            (rows, cols) of the image.

        Returns
        -------
        Square metres; None when the georeference cannot tell (no system, no transform, a local or geocentric system).
        """
        scale = self.metres_per_unit(shape)
        if scale is None or self.transform is None:
            return None
        a, b, _, d, e, _ = self.transform
        return abs(a * e - b * d) * scale[0] * scale[1]

    def metres_per_unit(self, shape: tuple[int, int]) -> tuple[float, float] | None:
        """Return how long a unit of the system is on the ground, towards the east and the north; see `pixel_area_m2`.

        Parameters
        ----------
        shape
            (rows, cols) of the image; geographic systems and Web Mercator are measured at its centre.
        """
        if self.crs is None or self.transform is None:
            return None
        from rasterio.crs import CRS

        crs = CRS.from_wkt(self.crs)
        _, _, _, d, e, f = self.transform
        north = d * shape[1] / 2 + e * shape[0] / 2 + f
        if crs.is_geographic:
            radians = crs.units_factor[1]
            east_m, north_m = _radii_m(north * radians)
            return radians * east_m, radians * north_m
        if crs.to_epsg() == 3857:
            latitude = math.atan(math.sinh(north / _SEMI_MAJOR_M))
            east_m, north_m = _radii_m(latitude)
            return east_m / _SEMI_MAJOR_M, north_m * math.cos(latitude) / _SEMI_MAJOR_M
        if crs.is_projected:
            return crs.linear_units_factor[1], crs.linear_units_factor[1]
        return None


def _radii_m(latitude: float) -> tuple[float, float]:
    """Return how many metres a radian of longitude and one of latitude are, at a latitude in radians.

    J. P. Snyder, Map Projections: A Working Manual (1987), equations 4-18 and 4-20, doi:10.3133/pp1395.
    """
    shrink = 1 - _ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
    east_m = _SEMI_MAJOR_M / math.sqrt(shrink) * math.cos(latitude)
    return east_m, _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / shrink**1.5
