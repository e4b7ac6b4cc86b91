"""What a file or a folder holds, told in a few lines: an image, a model, an encoder, a result, a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fallow.archive import is_archive, read_archive
from fallow.cluster import describe_method
from fallow.comparison.result import WINNER
from fallow.edits import Edits
from fallow.edits.line import write_line
from fallow.errors import InputError
from fallow.features import describe_choice
from fallow.features.encoder_file import EncoderFile
from fallow.labels import MergeTree
from fallow.model import Segmenter
from fallow.raster import Source, open_source
from fallow.recipe import read_recipe
from fallow.saving import EDITS, MARKER
from fallow.tiles.bands import bands_of

MODEL_SUFFIX = ".fallow"


def info(what: str) -> dict[str, Any]:
    """Tell what an image, a model file, the folder of a result or a comparison, or a tree holds."""
    path = Path(what)
    if path.is_dir() and (path / MARKER).is_file():
        told = read_recipe(path / MARKER)
        notes = told.pop("notes", [])
        told["edit"] = {str(number): write_line(line) for number, line in enumerate(told.pop("edits", []), 1)}
        if (path / EDITS).is_file():
            notes.append(f"as it was made; {EDITS} beside it has {len(Edits.read(path / EDITS))} edit(s) more")
        return told | {"note": {str(number): note for number, note in enumerate(notes, 1)}}
    if path.is_dir() and (path / WINNER).is_file():
        return read_recipe(path / WINNER)
    if is_archive(path, kind="tree"):
        try:
            return _describe_tree(read_archive(path, kind="tree"))
        except KeyError as error:
            raise InputError(f"{path} is a damaged tree: it has no {error.args[0]}") from error
    if is_archive(path, kind="encoder"):
        return _describe_encoder(EncoderFile.load(path))
    if is_archive(path, kind="clusterer"):
        return _describe_clusterer(read_archive(path, kind="clusterer"))
    if path.suffix == MODEL_SUFFIX or is_archive(path):
        return _describe_model(Segmenter.load(path))
    with open_source(what) as source:
        return _describe_image(source)


def _describe_model(segmenter: Segmenter) -> dict[str, Any]:
    clusterer = segmenter.clusterer_
    return {
        "model": f"{describe_method(clusterer)}, {clusterer.n_classes} classes",
        "bands": list(segmenter.bands_.names),
        "features": list(segmenter.stack_.features_),
        "fitted on": f"{segmenter.n_sample_:,} pixels",
        "class shares": [f"{share:.1%}" for share in clusterer.shares_],
        "parameters": [f"{name}={value!r}" for name, value in segmenter.plain_params().items()],
        "notes": segmenter.notes(),
    }


def _describe_clusterer(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "clusterer": f"{state['method']}, {state['classes']} classes",
        "features": list(state["features"]),
        "class shares": [f"{share:.1%}" for share in state["state"]["shares_"]],
    }


def _describe_encoder(encoder: EncoderFile) -> dict[str, Any]:
    return {
        "encoder": f"{encoder.n_features} features, seeing {encoder.halo} pixels around each",
        "bands": list(encoder.bands.names),
        "trained": dict(encoder.origin),
    }


def _describe_tree(state: dict[str, Any]) -> dict[str, Any]:
    tree = MergeTree.from_state(state)
    counts = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
    return {
        "tree": f"{tree.n_leaves:,} superpixels of {int(tree.area.sum()):,} pixels",
        "regions": len(np.unique(state["region"][state["region"] > 0])),
        "height": state["height"],
        "min_area": f"{state['min_area']:,} pixels",
        "heights": {
            f"of {n:,} regions": round(tree.height_of(n), 6) for n in counts if tree.n_roots <= n < tree.n_leaves
        },
    }


def _describe_image(source: Source) -> dict[str, Any]:
    rows, cols = source.shape
    told: dict[str, Any] = {
        "image": source.name,
        "size": f"{rows} rows x {cols} columns",
        "bands": list(source.band_names),
        "stored as": str(source.dtype),
    }
    if source.georeference:
        told["coordinate system"] = source.georeference.crs_name
        told["pixel"] = f"{source.pixel_area_m2:.4g} m²" if source.pixel_area_m2 else "of unknown size"
    told["by default"] = describe_choice(bands_of(source))
    return told
