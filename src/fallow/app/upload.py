"""Images that a page sends: written to their place when whole, and kept only if they are images."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from anyio.to_thread import run_sync

from fallow.app.paths import check_name
from fallow.app.pointers import check_pointers
from fallow.app.workbench import Workbench
from fallow.errors import FallowError, InputError
from fallow.raster import open_source, whole_file
from fallow.raster.formats import IMAGES

CHUNK = 1 << 20  # bytes written at a time
NOT_ALONE = (".vrt",)  # names other files


async def receive(bench: Workbench, name: str, chunks: AsyncIterator[bytes], most: int) -> str:
    """Write an image into the root, and return its name there.

    Raises
    ------
    InputError
        If the name is none of an image, there is a file of that name, what came is no image, or too much.
    WriteError
        If it cannot be written.
    """
    target = _place(bench, name)
    n_bytes = 0
    with whole_file(target) as partial:
        with partial.open("xb") as file:
            waiting = bytearray()
            async for chunk in chunks:
                n_bytes += len(chunk)
                if n_bytes > most:
                    raise InputError(f"the file is larger than {most:,} bytes")
                waiting += chunk
                if len(waiting) >= CHUNK:
                    await run_sync(file.write, bytes(waiting))
                    waiting.clear()
            await run_sync(file.write, bytes(waiting))
        await run_sync(_check, bench, partial, target)
    return name


def _place(bench: Workbench, name: str) -> Path:
    if "/" in check_name(name):
        raise InputError("an image is sent by its name alone")
    target = bench.root.place(name)
    if target.suffix.lower() not in IMAGES or target.suffix.lower() in NOT_ALONE:
        raise InputError(f"{target.suffix or 'a file without an ending'} is no kind of image that can be sent")
    if target.exists():
        raise InputError(f"there is a file {name} already; give the image another name")
    return target


def _check(bench: Workbench, partial: Path, target: Path) -> None:
    """Look into what came under a name of its own kind, hidden, before it gets its own."""
    named = partial.with_name(partial.name + target.suffix)
    partial.rename(named)
    try:
        check_pointers(bench.root, named)
        with open_source(named):
            pass
    except FallowError as error:
        named.unlink()
        raise InputError(f"{target.name} is no image that can be read") from error
    named.rename(partial)
