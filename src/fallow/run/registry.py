"""The runners by name, imported when they are made."""

from __future__ import annotations

import importlib

from fallow.errors import InputError, check_choice
from fallow.run.runner import Runner

RUNNERS = {
    "threads": "fallow.run.runner:Threads",
    "serial": "fallow.run.runner:Serial",
    "processes": "fallow.run.processes:Processes",
    "dask": "fallow.run.cluster:Dask",
}
"""Name -> ``module:Class``."""


def make_runner(name: str, *, workers: int | None = None, scheduler: str | None = None) -> Runner:
    """Make a runner by its name.

    Parameters
    ----------
    name : "threads", "serial", "processes" or "dask"
    workers : int, optional
        All processors by default; of a running Dask cluster, all its workers.
    scheduler : str, optional
        Address of a running Dask scheduler, such as ``"tcp://10.0.0.5:8786"``; without it Dask works on this machine.

    Raises
    ------
    InputError
        For an unknown name, no workers, or a scheduler without Dask.
    MissingExtraError
        If Dask is asked for and not installed.
    """
    check_choice("runner", name, RUNNERS)
    if workers is not None and workers < 1:
        raise InputError(f"workers must be at least 1, got {workers}")
    module, class_name = RUNNERS[name].split(":")
    made = getattr(importlib.import_module(module), class_name)
    if name == "dask":
        return made(workers, scheduler)
    if scheduler is not None:
        raise InputError(f'scheduler is an address for runner "dask", got {scheduler!r} for runner {name!r}')
    return made(workers)
