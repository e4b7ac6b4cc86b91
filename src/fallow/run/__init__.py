"""Where work happens. Knows nothing of images: one verb, `map`."""

from fallow.run.local import available_cpus, map, one_thread_each
from fallow.run.memory import available_memory

__all__ = ["available_cpus", "available_memory", "map", "one_thread_each"]
