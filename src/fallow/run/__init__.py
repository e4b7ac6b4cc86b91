"""Where work happens. Knows nothing of images: one verb, `map`."""

from fallow.run.local import available_cpus, map, one_thread_each
from fallow.run.memory import available_memory, give_back_memory, keep_freed_memory, parse_bytes
from fallow.run.registry import RUNNERS, make_runner
from fallow.run.runner import Runner

__all__ = [
    "RUNNERS",
    "Runner",
    "available_cpus",
    "available_memory",
    "give_back_memory",
    "keep_freed_memory",
    "make_runner",
    "map",
    "one_thread_each",
    "parse_bytes",
]
