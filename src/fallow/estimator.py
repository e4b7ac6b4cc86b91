"""The manners of scikit-learn without its import time (1.4 s): parameters in, learned state out.

A constructor only stores its arguments under their own names; what `fit` learns ends in an underscore. From these two
rules follows everything here: `get_params`, `set_params`, ``sklearn.base.clone``, and a state made of plain data, which
is what lets a model file hold no code (see `fallow.model`).
"""

from __future__ import annotations

import inspect
from typing import Any, Self

from fallow.errors import InputError, nearest


class Estimator:
    """Base of features, clusterers and segmenters.

    >>> class Blur(Estimator):
    ...     def __init__(self, sigma=1.0):
    ...         self.sigma = sigma
    >>> Blur(sigma=2.0)
    Blur(sigma=2.0)
    >>> Blur().set_params(sigma=3.0).get_params()
    {'sigma': 3.0}
    """

    @classmethod
    def param_names(cls) -> list[str]:
        """List the constructor's arguments in their order."""
        return list(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 (scikit-learn's signature)
        """Return the constructor's arguments and their values."""
        return {name: getattr(self, name) for name in self.param_names()}

    def set_params(self, **params: Any) -> Self:
        """Change constructor arguments; unknown names are an `InputError`."""
        known = self.param_names()
        for name, value in params.items():
            if name not in known:
                raise InputError(f"{type(self).__name__} has no parameter {name!r}{nearest(name, known)}")
            setattr(self, name, value)
        return self

    def get_state(self) -> dict[str, Any]:
        """Return what `fit` learned: every attribute that ends in one underscore."""
        return {k: v for k, v in vars(self).items() if k.endswith("_") and not k.startswith("_")}

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave."""
        for name, value in state.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        default = {k: p.default for k, p in inspect.signature(type(self)).parameters.items()}
        said = {k: v for k, v in self.get_params().items() if v is not default[k] and v != default[k]}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in said.items())})"
