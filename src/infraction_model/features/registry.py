"""The registry of features: name -> function of a Snapshot.

A feature returns float values that broadcast to (zones, 168). It looks only at the Snapshot it is
given, which holds nothing that became known at or after its origin; one test holds every registered
feature to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from infraction_model.errors import ConfigError, did_you_mean

Feature = Callable[..., np.ndarray]

FEATURES: dict[str, Feature] = {}


def feature(function: Feature) -> Feature:
    """Register a function under its own name; its docstring says unit, window and source."""
    return register(function.__name__, function)


def register(name: str, function: Feature) -> Feature:
    """Register a function under `name`; raises ValueError where the name is taken."""
    if name in FEATURES:
        raise ValueError(f"feature '{name}' is registered twice")
    FEATURES[name] = function
    return function


def check_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names as a tuple; raises ConfigError naming the first unknown one and the near one."""
    names = tuple(names)
    if not names:
        raise ConfigError("expected at least one feature, got none.")
    if len(set(names)) < len(names):
        raise ConfigError(f"a feature is named twice in {', '.join(names)}: name each once.")
    for name in names:
        if name not in FEATURES:
            raise ConfigError(f"unknown feature '{name}'. {did_you_mean(name, FEATURES)}")
    return names
