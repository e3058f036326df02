"""Raw scores of a LightGBM booster; by lignum where it is installed, the same to the bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

CHECKED_ROWS = 64
"""Rows of every call on which lignum is held to LightGBM's own scores."""

ROWS_AT_ONCE = 100_000
"""Rows handed to lignum at a time: it copies them to float64, twice what they take."""


def raw_scores(booster, trees: int, features: np.ndarray, threads: int) -> np.ndarray:
    """The sum of the first `trees` trees for every row of `features`, float64.

    lignum (the extra `fast`) reads a model as LightGBM saves it. It is young: where its scores of
    the first rows are not LightGBM's to the bit, LightGBM's own are returned.
    """

    def by_lightgbm(rows: np.ndarray) -> np.ndarray:
        return booster.predict(rows, raw_score=True, num_iteration=trees, num_threads=threads)

    if len(features) > CHECKED_ROWS:
        fast = _lignum_model(booster, trees)
        first = features[:CHECKED_ROWS]
        if fast is not None and np.array_equal(
            fast.predict(first, raw_score=True, n_jobs=threads), by_lightgbm(first)
        ):
            parts = range(0, len(features), ROWS_AT_ONCE)
            return np.concatenate(
                [
                    fast.predict(features[first : first + ROWS_AT_ONCE], True, threads)
                    for first in parts
                ]
            )
    return by_lightgbm(features)


def _lignum_model(booster, trees: int):
    """The booster in lignum, which reads models from files only; None where it is not installed."""
    try:
        import lignum
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.txt")
        booster.save_model(path, num_iteration=trees)
        return lignum.load(path, format="lightgbm")
