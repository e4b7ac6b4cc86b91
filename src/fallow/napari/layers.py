"""A result as layers of a viewer: plain tuples, as npe2 hands them on."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.napari.picture import picture_levels
from fallow.napari.pyramid import levels_of
from fallow.napari.session import Session
from fallow.raster import Georeference, Window
from fallow.result import Segmentation
from fallow.tiles.thumbnail import thumbnail_step

LayerData = tuple[Any, dict[str, Any], str]

KEY = "fallow"  # of a layer's metadata: the session it shows, and as what
SHOWN_BANDS = 12  # of which the means are told
MOST_REGIONS = 100_000  # of which something is told
NOTHING = (0.0, 0.0, 0.0, 0.0)  # transparent


def layers_of(session: Session, *, with_picture: bool = True) -> list[LayerData]:
    """Return picture, classes, confidence and regions of a result, from below.

    Classes have their colours, and a table of number, name, colour, area, share and mean of each band; regions have
    area and means. Pixels lie where the georeference says: down is ``-y``, right is ``x``; a rotated one is left aside.
    Confidence is 0..1, NaN is no data. Picture and classes are visible.

    Parameters
    ----------
    with_picture : bool
        False where the viewer shows the image already.

    Returns
    -------
    list of (data, options of the layer, its kind)
    """
    shown = ["classes", "confidence", "regions"]
    layers = [(*layer_data(session, what), "image" if what == "confidence" else "labels") for what in shown]
    if not with_picture:
        return layers
    picture, step = picture_levels(session)
    placed = placing(session, step)
    options = {"name": session.result.name, "rgb": True, "metadata": _metadata(session, "picture"), **placed}
    return [(picture, options, "image"), *layers]


def layer_data(session: Session, what: str) -> tuple[Any, dict[str, Any]]:
    """Return data and options of one layer.

    Parameters
    ----------
    what : "classes", "confidence" or "regions"
    """
    result = session.result
    step = thumbnail_step(result.shape)
    options: dict[str, Any] = {"name": f"{result.name} {what}", "metadata": _metadata(session, what)}
    options |= placing(session)
    if what == "confidence":
        data = levels_of(partial(_confidence, result), result.shape, _as_share(result.small(what)), step)
        return data, options | {"colormap": "viridis", "contrast_limits": (0.0, 1.0), "visible": False}
    small = result.small(what).astype(result.layers[what].dtype)
    data = levels_of(partial(result.read, what), result.shape, small, step)
    if what == "classes":
        return data, options | {"opacity": 0.5, "colormap": _colormap(result), "features": class_features(result)}
    return data, options | {"visible": False, "features": region_features(result)}


def placing(session: Session, step: int = 1) -> dict[str, Any]:
    """Return `scale` and `translate` of a layer whose cells have ``step x step`` pixels."""
    placed = {"scale": (1, 1), "translate": (0, 0)} | (session.placing or place_of(session.result.georeference))
    scale, translate = np.array(placed["scale"], float), np.array(placed["translate"], float)
    return {"scale": tuple(scale * step), "translate": tuple(translate + scale * (step - 1) / 2)}


def place_of(georeference: Georeference | None) -> dict[str, Any]:
    """Return where the pixels of an image lie with north above; nothing where it is rotated, or nobody knows.

    >>> place_of(Georeference(transform=(10, 0, 500_000, 0, -10, 5_000_000)))
    {'scale': (10, 10), 'translate': (-4999995.0, 500005.0)}
    """
    if georeference is None or georeference.transform is None:
        return {}
    a, b, c, d, e, f = georeference.transform
    return {} if b or d else {"scale": (-e, a), "translate": (-f - e / 2, c + a / 2)}


def class_features(result: Segmentation) -> dict[str, list[Any]]:
    """Return the table of classes by column; `index` is the number."""
    rows = list(result.table)
    columns: dict[str, list[Any]] = {"index": [row.label for row in rows]}
    for name in ("name", "color", "area", "share"):
        columns[name] = [getattr(row, name) for row in rows]
    for band, name in enumerate(result.table.band_names[:SHOWN_BANDS]):
        columns[f"mean {name}"] = [row.mean[band] for row in rows]
    return columns


def region_features(result: Segmentation) -> dict[str, NDArray]:
    """Return area in pixels and mean of each band of the regions, by column; empty without superpixels."""
    if result.region is None or result.leaves is None or result.region.max(initial=0) > MOST_REGIONS:
        return {}
    area = np.bincount(result.region, result.leaves.area)
    there = 1 + np.flatnonzero(area[1:])
    columns: dict[str, NDArray] = {"index": there, "area": area[there].astype(np.int64)}
    for band, name in enumerate(result.table.band_names[:SHOWN_BANDS]):
        total = np.bincount(result.region, result.leaves.area * result.leaves.mean[:, band].astype(np.float64))
        columns[f"mean {name}"] = total[there] / area[there]
    return columns


def _colormap(result: Segmentation) -> dict[int | None, Any]:
    return {None: NOTHING, 0: NOTHING} | {row.label: row.color for row in result.table}


def _metadata(session: Session, what: str) -> dict[str, Any]:
    place = session.result.georeference
    return {KEY: (session, what)} | ({"crs": place.crs_name} if place else {})


def _confidence(result: Segmentation, window: Window | None) -> NDArray[np.float32]:
    return _as_share(result.read("confidence", window).astype(np.float32) / np.float32(100))


def _as_share(values: NDArray) -> NDArray[np.float32]:
    return np.where(values > 0, values, np.float32(np.nan))
