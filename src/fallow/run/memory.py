"""How much memory there is to work in."""

from __future__ import annotations

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container


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
