"""Where work happens. Knows nothing of images: one verb, `map`."""

from fallow.run.local import available_cpus, map, one_thread_each

__all__ = ["available_cpus", "map", "one_thread_each"]
