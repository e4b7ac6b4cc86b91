"""Checks of the options that clusterers share."""

from __future__ import annotations

import math
import numbers
from typing import Any

from fallow.errors import InputError


def check_count(name: str, value: Any, least: int) -> None:
    """Raise an `InputError` unless `value` is a whole number of at least `least`."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_positive(name: str, value: Any) -> None:
    """Raise an `InputError` unless `value` is a finite number above 0."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not 0 < float(value) < math.inf:
        raise InputError(f"{name} must be a number above 0, got {value!r}")
