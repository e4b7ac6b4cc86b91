"""Reports on disk: beside a result, and an index of several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from fallow.errors import InputError, writing
from fallow.optional import require
from fallow.raster import whole_file
from fallow.result import Segmentation

REPORT, INDEX = "report.html", "index.html"
MARK = '<meta name="generator" content="fallow report">'
"""What a page says of its maker, so that no other page is taken for one of ours."""

EXTRA = "report"


def check_report(*pages: Path) -> None:
    """Make sure that reports can be written, before any work is done.

    Raises
    ------
    MissingExtraError
        If what makes them is not installed.
    InputError
        If one of the pages is there and somebody else's.
    """
    for module in ("jinja2", "matplotlib"):
        require(module, EXTRA)
    for page in pages:
        if page.exists() and not _is_ours(page):
            raise InputError(f"{page} is there and no report of fallow; move it away")


def write_report(result: Segmentation, folder: str | os.PathLike[str]) -> Path:
    """Write ``report.html`` into a folder, in place of an older one; the same result gives the same, but for times.

    Parameters
    ----------
    result
        As `open_result` gives it, so that what is shown is what is on disk.

    Raises
    ------
    MissingExtraError
        If jinja2 or matplotlib is not installed.
    InputError
        If a file of that name is no report.
    WriteError
        If the file cannot be written.
    """
    path = Path(folder) / REPORT
    check_report(path)
    from fallow.report.page import page_of

    _write(path, "page.html.jinja", page_of(result))
    return path


def write_index(folder: Path, results: Sequence[tuple[Path, Segmentation]]) -> Path:
    """Write ``index.html`` into a folder: a small picture of each result, which leads to its report.

    Parameters
    ----------
    results
        The report of each result, inside `folder`, and the result.
    """
    path = folder / INDEX
    check_report(path)
    from fallow.report.page import index_of

    _write(path, "index.html.jinja", {"title": folder.resolve().name, "results": index_of(folder, results)})
    return path


def _write(path: Path, template: str, shown: dict[str, Any]) -> None:
    jinja2 = require("jinja2", EXTRA)
    loader = jinja2.FunctionLoader(lambda name: (files("fallow.report") / name).read_text(encoding="utf-8"))
    options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True, "undefined": jinja2.StrictUndefined}
    text = jinja2.Environment(loader=loader, **options).get_template(template).render(shown | {"mark": MARK})
    with whole_file(path) as temporary, writing(path):
        temporary.write_text(text, encoding="utf-8")


def _is_ours(page: Path) -> bool:
    """Say whether a file is a page that `_write` wrote."""
    try:
        with page.open("rb") as file:
            return MARK.encode() in file.read(1000)
    except OSError:
        return False
