"""Networks in ONNX Runtime: on one thread, with memory given back."""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, RunOptions

MOST_LOADED = 8

_loading = threading.Lock()


def load_network(graph: bytes) -> InferenceSession:
    """Load an ONNX graph, once a process. It runs on one thread: tiles are what is done in parallel."""
    with _loading:
        return _load(graph)


@lru_cache(maxsize=MOST_LOADED)
def _load(graph: bytes) -> InferenceSession:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it reserves the most that a shape ever needs, for each that was seen
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@cache
def give_back() -> RunOptions:
    """Return the wish that the memory of a run be given back after it: it is half of all that Fallow needs."""
    import onnxruntime as ort

    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options
