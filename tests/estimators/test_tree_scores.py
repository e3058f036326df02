"""Scores by lignum are LightGBM's to the bit; without it, or where it errs, LightGBM scores."""

import sys
import types

import lightgbm
import numpy as np
import pytest

from infraction_model.estimators.tree_scores import raw_scores


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Features with ties, whole numbers and holes."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(4_000, 5)).astype(np.float32)
    values[:, 1] = rng.integers(0, 24, len(values))
    values[rng.random(values.shape) < 0.1] = np.nan
    return values


@pytest.fixture(scope="module", params=["binary", "cross_entropy_lambda"])
def booster(request, rows):
    hit = (np.nan_to_num(rows[:, 0]) + rows[:, 1] % 3 > 0.5).astype(float)
    settings = {"objective": request.param, "verbosity": -1, "num_threads": 1, "num_leaves": 31}
    return lightgbm.train(settings, lightgbm.Dataset(rows, label=hit), num_boost_round=40)


def _by_lightgbm(booster, rows, trees):
    return booster.predict(rows, raw_score=True, num_iteration=trees)


@pytest.mark.parametrize("trees", [1, 25, 40])
def test_scores_are_lightgbms_to_the_bit(booster, rows, trees):
    pytest.importorskip("lignum", reason="the extra `fast` is not installed")
    assert np.array_equal(raw_scores(booster, trees, rows, 1), _by_lightgbm(booster, rows, trees))


def test_many_rows_are_scored_in_parts(booster, rows, monkeypatch):
    monkeypatch.setattr("infraction_model.estimators.tree_scores.ROWS_AT_ONCE", 900)
    assert np.array_equal(raw_scores(booster, 40, rows, 1), _by_lightgbm(booster, rows, 40))


def test_rows_apart_in_memory_score_alike(booster, rows):
    wide = np.concatenate([rows, rows], axis=1)[:, :5]
    assert np.array_equal(raw_scores(booster, 40, wide, 1), _by_lightgbm(booster, rows, 40))


@pytest.mark.parametrize("lignum", [None, "one that errs"])
def test_without_lignum_or_where_it_errs_lightgbm_scores(booster, rows, lignum, monkeypatch):
    asked = []

    class Model:
        def predict(self, features, raw_score, n_jobs):
            asked.append(len(features))
            return np.zeros(len(features))

    erring = types.SimpleNamespace(load=lambda path, **_: Model())
    monkeypatch.setitem(sys.modules, "lignum", erring if lignum else None)
    assert np.array_equal(raw_scores(booster, 40, rows, 1), _by_lightgbm(booster, rows, 40))
    assert len(asked) == (1 if lignum else 0)
