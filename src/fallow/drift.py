"""Drift: how far an image lies from what a model was fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

WARNING = 0.05  # share of far pixels: five times that of the fitted images themselves
WORTH_TELLING = 1.0  # deviations: the mean pixel is now where one fitted pixel in six was, or farther out
MOST_TOLD = 3
CHANGE_WORTH_TELLING = 0.1


@dataclass(frozen=True)
class Drift:
    """What sets an image apart from the fitted ones.

    Attributes
    ----------
    share_far : float
        Share of the pixels that lie farther from their class than 99 % of the fitted ones: 0.01 is expected.
    shifts : dict
        Feature -> how far its mean has moved, in deviations of the fitted ones; the farthest first.
    class_change : float
        Share of the area that would have to change class for the frequencies to be those of the fit, 0..1 (the total
        variation distance).
    """

    share_far: float
    shifts: dict[str, float]
    class_change: float

    @classmethod
    def measure(
        cls,
        share_far: float,
        names: tuple[str, ...],
        mean: np.ndarray,
        fitted_mean: np.ndarray,
        fitted_deviation: np.ndarray,
        shares: np.ndarray,
        fitted_shares: np.ndarray,
    ) -> Drift:
        """Compare means of features and shares of classes with those of the fit; constant features never shift."""
        moved = mean.astype(np.float64) - fitted_mean
        shifts = np.divide(moved, fitted_deviation, out=np.zeros_like(moved), where=fitted_deviation > 0)
        order = np.argsort(-np.abs(shifts), kind="stable")
        change = 0.5 * float(np.abs(shares - fitted_shares).sum())
        return cls(share_far, {names[i]: float(shifts[i]) for i in order}, change)

    @property
    def is_warning(self) -> bool:
        """Whether five times as many pixels are far as among the fitted ones."""
        return self.share_far > WARNING

    def sentences(self) -> list[str]:
        """Tell it to people, what counts most at the end."""
        told = f"{self.share_far:.1%} of the pixels lie farther from their class than 99 % of the fitted ones"
        if self.is_warning:
            told = f"Warning: {told}; the model may not suit this image."
        else:
            told = f"{told} (1 % is expected)."
        moved = [(name, shift) for name, shift in self.shifts.items() if abs(shift) >= WORTH_TELLING][:MOST_TOLD]
        lines = []
        if moved:
            each = ", ".join(f"{name} {shift:+.1f}" for name, shift in moved)
            lines.append(f"what has moved most, in deviations of the fitted pixels: {each}")
        if self.class_change >= CHANGE_WORTH_TELLING:
            lines.append(f"{self.class_change:.0%} of the area is of other classes than in the fit")
        return [*lines, told]

    def to_recipe(self) -> dict[str, Any]:
        """Return it as TOML can hold it."""
        shifts = {name: round(shift, 4) for name, shift in self.shifts.items()}
        return {
            "share_far": round(self.share_far, 6),
            "class_change": round(self.class_change, 6),
            "shifts": shifts,
        }
