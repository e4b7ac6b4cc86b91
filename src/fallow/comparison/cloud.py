"""Rows without structure, as a yardstick: what a clusterer finds in them is there in any rows of such a spread."""

from __future__ import annotations

import numpy as np


def cloud_like(rows: np.ndarray, n_rows: int, random: np.random.Generator) -> np.ndarray:
    """Draw a cloud that spreads like some rows along each of their principal axes, but holds together in one piece.

    Parameters
    ----------
    rows : (n, features) float32
    n_rows
        How many to draw.

    Returns
    -------
    (n_rows, features) float32, normally distributed with mean and covariance of the rows.

    Notes
    -----
    The gap statistic's idea (Tibshirani, Walther, Hastie 2001, doi:10.1111/1467-9868.00293), with a normal distribution
    instead of a uniform one: few features, or few that count, raise every measure of separation, and so do few classes;
    the cloud has the same features and is told into as many classes, and the difference is what the data add.

    Examples
    --------
    >>> rows = np.float32([[0, 0], [0, 1], [9, 0], [9, 1]])
    >>> (cloud_like(rows, 1000, np.random.default_rng(0)).std(axis=0) / rows.std(axis=0)).round(1).tolist()
    [1.0, 1.0]
    """
    center = rows.mean(axis=0, dtype=np.float64)
    offsets = rows - center
    variances, axes = np.linalg.eigh(offsets.T @ offsets / len(rows))
    normal = random.normal(size=(n_rows, rows.shape[1])) * np.sqrt(np.maximum(variances, 0))
    return (normal @ axes.T + center).astype(np.float32)
