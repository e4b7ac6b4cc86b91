"""How much memory there is to work in."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from fallow.errors import InputError

MEMINFO = Path("/proc/meminfo")
LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def available_memory() -> int | None:
    """Return the bytes that can be had, None where the system does not tell.

    On Linux what is free or can be freed, and no more than a container may take; elsewhere what the machine has.
    """
    if not MEMINFO.is_file():
        names = getattr(os, "sysconf_names", {})
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_PHYS_PAGES" in names else None
    lines = (line.split() for line in MEMINFO.read_text(encoding="ascii").splitlines())
    available = next((int(words[1]) * 1024 for words in lines if words[0] == "MemAvailable:"), None)
    limit = LIMIT.read_text(encoding="ascii").strip() if LIMIT.is_file() else ""
    return min(available or int(limit), int(limit)) if limit.isdecimal() else available


def parse_bytes(said: int | str) -> int:
    """Read an amount of memory.

    Raises
    ------
    InputError
        If it is none, or not above 0.

    >>> parse_bytes("1.5GB"), parse_bytes("512 MiB"), parse_bytes(1000)
    (1500000000, 536870912, 1000)
    """
    match = re.fullmatch(r"\s*(\d+\.?\d*)\s*([kmgt]?i?b?)\s*", str(said).lower())
    unit = match and (match[2] if not match[2] or match[2].endswith("b") else match[2] + "b")
    if not match or unit not in UNITS or not float(match[1]) > 0:
        raise InputError(f'memory must be an amount such as "2GB" or "512MB", got {said!r}')
    return int(float(match[1]) * UNITS[unit])


def keep_freed_memory() -> None:
    """Let the C library keep what is freed for what comes next, up to 256 MiB, where it can be told so (glibc).

    Arrays of tiles come and go; by default each is fetched from the system anew and cleared page by page, which takes a
    tenth of the whole time.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, 32 << 20)
        library.mallopt(TRIM_THRESHOLD, 256 << 20)


def give_back_memory() -> None:
    """Let the C library give back what is free between things that stay (glibc): after many small arrays made a few."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
