"""The encoders that a result's features came from, if they are still where they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fallow.errors import FallowError
from fallow.features.encoder_file import SUFFIX, EncoderFile
from fallow.features.grammar import read_terms


def encoder_files(recipe: dict[str, Any]) -> Iterator[tuple[Path, EncoderFile]]:
    """Yield each encoder file that a recipe names among its features or as its network, if it is there and whole."""
    named = [recipe["segment"].get("network", "")]
    for each in recipe.get("found", {}).get("features", []):
        named += [options.get("path", "") for name, options in read_terms(each) if name == "encoder"]
    for path in dict.fromkeys(Path(each) for each in named if str(each).endswith(SUFFIX)):
        try:
            yield path, EncoderFile.load(path)
        except FallowError:
            continue
