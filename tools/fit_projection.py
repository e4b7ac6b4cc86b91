"""Fit the centres and the 32 axes onto which the backbone's levels are projected, from unlabelled pictures.

Each folder counts the same, however many pictures it holds. Pictures are doubled and mirrored by the very code that the
embedded network runs behind. For the embedded network the folders were the 200 pictures of BSDS500 train and 602 aerial chips
of AID.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from fallow.features.backbone.lite0 import PAD, STRIDES, ZOOM, prepare

N_COMPONENTS = 32
WEIGHTS = (1.0, 1.0, 1.0)
"""How much each level counts, from fine to coarse."""

NORM_EPS = 1e-8
SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


def sample_levels(
    session: onnxruntime.InferenceSession, picture: np.ndarray, n_points: int, random: np.random.Generator
) -> list[np.ndarray]:
    """Return the levels at random points of a picture ``(rows, cols, 3)``: one array ``(n_points, channels)`` each."""
    levels = session.run(None, {"rgb": prepare(picture)})
    row, col = (PAD + random.random(n_points) * ZOOM * side for side in picture.shape[:2])
    return [
        bilinear(level[0], row / stride - 0.5, col / stride - 0.5)
        for level, stride in zip(levels, STRIDES, strict=True)
    ]


def bilinear(planes: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Return ``(n, planes)``: planes ``(planes, rows, cols)`` between their four nearest pixels, edges repeated."""
    row, col = row.clip(0, planes.shape[1] - 1), col.clip(0, planes.shape[2] - 1)
    top, left = (np.minimum(at.astype(int), size - 2) for at, size in ((row, planes.shape[1]), (col, planes.shape[2])))
    down, across = (row - top).astype(np.float32), (col - left).astype(np.float32)
    upper = planes[:, top, left] * (1 - across) + planes[:, top, left + 1] * across
    lower = planes[:, top + 1, left] * (1 - across) + planes[:, top + 1, left + 1] * across
    return (upper * (1 - down) + lower * down).T


def fit(folders: list[list[np.ndarray]]) -> tuple[dict[str, np.ndarray], float]:
    """Fit centres and axes.

    Parameters
    ----------
    folders
        Of each folder, an array ``(points, channels)`` a level.

    Returns
    -------
    projection, kept
        What `export_lite0.build` takes; the share of variance kept.
    """
    centers = [
        np.mean([level.mean(0, dtype=np.float64) for level in same], axis=0) for same in zip(*folders, strict=True)
    ]
    weights = np.array(WEIGHTS) / np.linalg.norm(WEIGHTS)
    rows_of = [
        np.concatenate([w * unit(each - c) for each, c, w in zip(levels, centers, weights, strict=True)], axis=1)
        for levels in folders
    ]
    mean = np.mean([rows.mean(0) for rows in rows_of], axis=0)
    covariance = np.mean([(rows - mean).T @ (rows - mean) / len(rows) for rows in rows_of], axis=0)
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors[:, ::-1][:, :N_COMPONENTS]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(N_COMPONENTS)])
    named = {f"center{number}": center for number, center in enumerate(centers, start=1)}
    kept = float(values[::-1][:N_COMPONENTS].sum() / values.sum())
    return named | {"weights": weights, "mean": mean, "axes": axes}, kept


def unit(rows: np.ndarray) -> np.ndarray:
    """Divide each row by its length."""
    return rows / np.sqrt((rows * rows).sum(1, keepdims=True) + NORM_EPS)


def read_pictures(folder: Path) -> Iterator[np.ndarray]:
    """Yield the pictures of a folder as float32 RGB, in the order of their names."""
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES):
        yield cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(np.float32)


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("levels", type=Path, help="ONNX file of export_lite0.py without a projection")
    parser.add_argument("target", type=Path, help="where to write the .npz")
    parser.add_argument("folders", type=Path, nargs="+", help="folders of pictures")
    parser.add_argument("--points", type=int, default=100_000, help="points a folder")
    given = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(given.levels, options, providers=["CPUExecutionProvider"])
    random, folders = np.random.default_rng(0), []
    for folder in given.folders:
        pictures = list(read_pictures(folder))
        each = [sample_levels(session, picture, -(-given.points // len(pictures)), random) for picture in pictures]
        folders.append([np.concatenate(level) for level in zip(*each, strict=True)])
    projection, kept = fit(folders)
    np.savez(given.target, **projection)
    print(f"{len(projection['axes'])} channels to {N_COMPONENTS}: {kept:.1%} of the variance kept")


if __name__ == "__main__":
    main()
