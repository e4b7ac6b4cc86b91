"""The regions of a result at other scales, as small maps to be shown side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fallow.regions.scales import Scale, Scales

if TYPE_CHECKING:
    from fallow.result import Segmentation


@dataclass(frozen=True)
class ScaleMap:
    """One scale, at the size of `Segmentation.picture`.

    Attributes
    ----------
    name : str
    why : str
        What speaks for it, and how to get it.
    n_regions : int
        In the whole image.
    regions : (rows, cols) int32
    """

    name: str
    why: str
    n_regions: int
    regions: np.ndarray


def scales_of(result: Segmentation) -> Scales | None:
    """Return the scales of a result, judged; None where it has no tree, or only one region whatever the scale."""
    if result.tree is None or result.leaves is None:
        return None
    scales = result.scales()
    return scales if scales.named else None


def factor_of(result: Segmentation, scale: Scale) -> float | None:
    """Return the `scale` of `fallow.segment` that gives one; None where the result is itself another scale of one."""
    if not result.height or "at" in result.recipe:
        return None
    return scale.height / result.height * float(result.recipe["segment"]["scale"])


def own_map(result: Segmentation) -> ScaleMap:
    """Return the regions that a result has."""
    why = f"all merges up to {result.height:.3g}" if result.tree else "areas of one class that hang together"
    return ScaleMap("this result", why, result.n_regions, result.small("regions"))


def named_maps(result: Segmentation, scales: Scales | None) -> list[ScaleMap]:
    """Return the scales that stand out, from fine to coarse."""
    if result.tree is None or scales is None:
        return []
    maps = []
    for scale in reversed(scales.named):
        region = result.tree.cut(scale.height, min_area=result.min_area)
        table = np.concatenate(([0], region)).astype(np.int32)
        factor = factor_of(result, scale)
        why = f"score {scale.score:.2f}" + (f"; --scale {factor:.3g}" if factor else "")
        maps.append(ScaleMap(scale.name, why, int(region.max(initial=0)), table[result.small("superpixels")]))
    return maps
