"""Make features comparable, each by its own center and spread."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from fallow.errors import check_choice
from fallow.estimator import Estimator

CHUNK_ROWS = 65_536
KINDS = ("standard", "robust", "none")

# Half the distance between the quartiles of a normal distribution, in standard deviations, twice.
IQR_OF_NORMAL = 1.349


class Scaler(Estimator):
    """Shift each feature to center 0 and divide it by its spread.

    Parameters
    ----------
    kind
        "standard" uses mean and standard deviation; "robust" the median and the distance between the quartiles, in
        units of a normal distribution's deviation, so that a few bright roofs do not press the fields together; "none"
        only takes off the mean.

    Attributes
    ----------
    center_, factor_ : (features,) float64
        Scaled rows are ``(rows - center_) * factor_``. The factor of a constant feature is 0.

    >>> Scaler("standard").fit(np.array([[1.0, 7.0], [3.0, 7.0]])).factor_
    array([1., 0.])
    """

    def __init__(self, kind: str = "standard") -> None:
        self.kind = kind

    def fit(self, rows: np.ndarray) -> Self:
        """Learn from finite rows ``(n, features)``."""
        check_choice("scaling", self.kind, KINDS)
        self.center_, deviation = mean_and_deviation(rows)
        # What float32 cannot tell from its mean is constant.
        is_constant = deviation <= 1e-6 * np.maximum(rows.max(axis=0), -rows.min(axis=0))
        spread = np.ones_like(deviation)
        if self.kind == "standard":
            spread = deviation
        elif self.kind == "robust":
            first, self.center_, third = np.quantile(rows, (0.25, 0.5, 0.75), axis=0).astype(np.float64)
            # More than half of the rows may share one value; the deviation then still tells the rest apart.
            spread = np.where(third > first, (third - first) / IQR_OF_NORMAL, deviation)
        self.factor_ = np.where(is_constant, 0.0, 1 / np.where(is_constant, 1.0, spread))
        return self

    def transform(self, rows: np.ndarray) -> np.ndarray:
        """Scale rows ``(n, features)``."""
        return (rows - self.center_) * self.factor_


def mean_and_deviation(rows: np.ndarray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and standard deviation of each column, without a copy of all rows in double precision."""
    mean = rows.mean(axis=0, dtype=np.float64)
    total = np.zeros_like(mean)
    for first in range(0, len(rows), CHUNK_ROWS):
        total += np.square(rows[first : first + CHUNK_ROWS] - mean).sum(axis=0)
    return mean, np.sqrt(total / len(rows))
