"""What it costs to merge two neighbouring regions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

REFERENCE_AREA = 154_401.0
"""Pixels: what the area term and the scale rule are relative to, whatever the image's size."""


@dataclass(frozen=True)
class CostWeights:
    """The weights of the merge cost; the defaults were tuned on the BSDS500 train pictures.

    Attributes
    ----------
    contours : 12 floats
        Of each contour channel and scale in the strength of a border (their mean counts).
    base : float
        Of all contours together.
    jumps : 2 floats
        Of the network's jumps, near and far.
    spectral : float
        0..1, share of the spectral strength.
    affinity : 14 floats
        Of each contour and jump where the affinity of neighbours is found, from which the spectral strength follows.
    chi_square, earth_mover : 3 floats
        Of the distances between histograms of lightness and the two opponent colours.
    noise : float
        Chi-square that two samples of one distribution have, times the smaller area in pixels.
    network, network_power : float
        Of the distance between mean network features.
    network_noise : float
        Squared distance that two samples of one texture have, times the smaller area in pixels.
    geometric : float
        0..1, how much both border and distance must be high.
    area_power, area_saturation : float
        How much sooner small regions merge.
    containment_power : float
        How much sooner regions merge that are mostly surrounded by the other.
    """

    contours: tuple[float, ...] = (
        1.032, 1.254, 0.3521, 0.7525, 0.5842, 0.1439, 0.7197, 1.17, 0.3932, 1.029, 0.8419, 0.6546,
    )  # fmt: skip
    base: float = 0.7913
    jumps: tuple[float, ...] = (1.569, 0.6153)
    spectral: float = 0.1943
    affinity: tuple[float, ...] = (
        0.09544, 0.06167, 0.0203, 0.1348, 0.08955, 0.03307, 0.1027, 0.05613, 0.02276, 0.1403, 0.08511, 0.04131,
        1.037, 0.4017,
    )  # fmt: skip
    chi_square: tuple[float, ...] = (0.03311, 0.116, 0.06114, 0.00701, 0.00404, 0.003513)
    earth_mover: tuple[float, ...] = (0.04787, 0.03891, 0.1027, 0.002296, 0.003067, 0.004975)
    noise: tuple[float, ...] = (2.575, 3.633, 2.133, 1.339, 2.739, 2.471)
    network: float = 0.9019
    network_noise: float = 0.2019
    network_power: float = 1.033
    geometric: float = 0.1231
    area_power: float = 0.1274
    area_saturation: float = 16.04
    containment_power: float = 0.03662

    def strength(self, cues: np.ndarray) -> np.ndarray:
        """Return the strength (m,) of borders from their cues (m, 15)."""
        own = self.local_strength(cues)
        return own if self.spectral == 0 else (1 - self.spectral) * own + self.spectral * cues[:, -1]

    def local_strength(self, cues: np.ndarray) -> np.ndarray:
        """Return the strength (m,) from contours and jumps alone, without the spectral cue."""
        contours = np.array(self.contours)
        weights = np.concatenate((self.base * contours / contours.sum(), self.jumps))
        return cues[:, :-1].astype(np.float64) @ weights

    def affinity_strength(self, cues: np.ndarray) -> np.ndarray:
        """Return the strength (m,) that says how little neighbours have in common, see `spectral_strength`."""
        return cues[:, :-1].astype(np.float64) @ np.array(self.affinity)

    def for_colour(self, colour: float) -> CostWeights:
        """Return the weights for a picture that is less coloured: what colours leave goes to lightness.

        Parameters
        ----------
        colour : float
            0 (grey) to 1 (as coloured as photographs are).
        """
        return replace(
            self,
            chi_square=_to_lightness(self.chi_square, colour),
            earth_mover=_to_lightness(self.earth_mover, colour),
        )

    def packed(self) -> np.ndarray:
        """Return what `merge_cost` reads."""
        n = len(self.chi_square)
        return np.array(
            [
                self.network, self.network_noise, self.network_power, self.geometric, self.area_power,
                self.area_saturation, self.containment_power, *self.chi_square, *self.earth_mover, *self.noise[:n],
            ]
        )  # fmt: skip


def _to_lightness(weights: tuple[float, ...], colour: float) -> tuple[float, ...]:
    lightness, a, b, *rest = weights
    return (lightness + (1 - colour) * (a + b), a, b, *rest)


@njit(cache=True, nogil=True, error_model="numpy")
def merge_cost(
    a: int,
    b: int,
    length: float,
    strength: float,
    area: np.ndarray,
    perimeter: np.ndarray,
    values: np.ndarray,
    edges: np.ndarray,
    w: np.ndarray,
) -> float:
    """Return the cost of merging regions a and b.

    Parameters
    ----------
    length, strength : float
        Length of their border in cell sides, and its mean strength.
    area : (n,) pixels
    perimeter : (n,) cell sides
    values : (n, values) float32
        Means over each region: histograms, then network features.
    edges : (4,) where in `values` the histograms begin and end
    w : `CostWeights.packed`

    Notes
    -----
    With s the border's strength and r the distance of the regions,

        r    = sum_c w_c sqrt(max(0, chi2_c - noise / m)) + sum_c e_c sqrt(EMD_c) + w_n max(0, d2 - noise_n / m)^(p / 2)
        mix  = (1 - g)(s + r) + 2 g sqrt(s r)
        cost = mix (m / (1 + q m))^h (1 - 0.9 f)^k

    with m the smaller area in pixels, chi2 and EMD the chi-square and earth mover's distances of the histograms of each
    channel, and d2 the squared distance of the mean network features. In the cost, m is relative to `REFERENCE_AREA`;
    f is the share of the smaller perimeter that is common.
    """
    n_channels = len(edges) - 1
    small = area[a] if area[a] < area[b] else area[b]
    short = perimeter[a] if perimeter[a] < perimeter[b] else perimeter[b]
    r = 0.0
    for c in range(n_channels):
        if w[7 + c] == 0 and w[7 + n_channels + c] == 0:
            continue
        chi, mover, cumulated = np.float32(0), np.float32(0), np.float32(0)
        for k in range(edges[c], edges[c + 1]):
            x, y = values[a, k], values[b, k]
            d = x - y
            if d != 0:
                chi += d * d / (x + y)
            cumulated += d
            mover += abs(cumulated)
        beyond_noise = 0.5 * chi - w[7 + 2 * n_channels + c] / small
        if beyond_noise > 0:
            r += w[7 + c] * np.sqrt(beyond_noise)
        r += w[7 + n_channels + c] * np.sqrt(mover)
    if values.shape[1] > edges[-1]:
        total = np.float32(0)
        for k in range(edges[-1], values.shape[1]):
            d = values[a, k] - values[b, k]
            total += d * d
        beyond_noise = total - w[1] / small
        if beyond_noise > 0:
            r += w[0] * beyond_noise ** (0.5 * w[2])
    mix = (1 - w[3]) * (strength + r) + 2 * w[3] * np.sqrt(strength * r)
    m = small / REFERENCE_AREA
    common = length / short if length < short else 1.0
    return mix * (m / (1 + w[5] * m)) ** w[4] * (1 - 0.9 * common) ** w[6]
