"""Three scales of a result's regions, to be shown side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fallow.result import Segmentation

FACTORS = (("finer", 0.5), ("this result", 1.0), ("coarser", 2.0))


@dataclass(frozen=True)
class Scale:
    """One scale, at the size of `Segmentation.picture`.

    Attributes
    ----------
    name, why : str
    n_regions : int
        In the whole image.
    regions : (rows, cols) int32
    """

    name: str
    why: str
    n_regions: int
    regions: np.ndarray


def scales_of(result: Segmentation) -> Iterator[Scale]:
    """Yield the scales worth showing, from fine to coarse; only that of the result itself where it has no tree."""
    if result.tree is None:
        yield Scale("this result", "areas of one class that hang together", result.n_regions, result.small("regions"))
        return
    for name, factor in FACTORS:
        height = factor * result.height
        if factor == 1.0:
            yield Scale(name, f"all merges up to {height:.3g}", result.n_regions, result.small("regions"))
            continue
        region = result.tree.cut(height, min_area=result.min_area)
        table = np.concatenate(([0], region)).astype(np.int32)
        why = f"all merges up to {height:.3g}, {'half' if factor < 1 else 'twice'} the height of this result"
        yield Scale(name, why, int(region.max(initial=0)), table[result.small("superpixels")])
