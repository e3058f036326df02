from dataclasses import replace

import numpy as np
import pytest

from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.design import Design, log_loss
from infraction_model.estimators.exposure_gbm import ExposureGBM, ExposureGBMParameters

PARAMETERS = ExposureGBMParameters(
    num_leaves=8, min_data_in_leaf=200, lambda_l2=0.0, feature_fraction=1.0, max_trees=300
)


def _rows(count: int, seed: int = 0) -> tuple[Design, np.ndarray]:
    """Hits of Poisson counts at a known rate over patrols of 6 to 60 minutes."""
    rng = np.random.default_rng(seed)
    features = rng.random((count, 2)).astype(np.float32)
    rate = 0.2 + 2.0 * (features[:, 0] > 0.5) + features[:, 1]
    exposure = rng.uniform(0.1, 1.0, count)
    events = rng.poisson(rate * exposure)
    design = Design(
        names=("place", "time"),
        features=features,
        zone=rng.integers(0, 50, count).astype(np.int32),
        week=np.sort(rng.integers(0, 40, count)).astype(np.int32),
        hour_of_week=rng.integers(0, 168, count).astype(np.int16),
        hit=(events > 0).astype(np.uint8),
        events=events.astype(float),
        exposure=exposure,
        weight=np.ones(count),
    )
    return design, rate


def _fit(design: Design) -> ExposureGBM:
    return ExposureGBM(PARAMETERS, design.names).fit(design)


def test_it_recovers_a_known_rate_from_patrols_of_unequal_length():
    design, rate = _rows(60_000)
    learnt = _fit(design).rate(design.features, design.names)
    assert np.mean(np.abs(learnt / rate - 1)) < 0.08


def test_drawn_negatives_with_their_weight_teach_the_same_as_all_rows():
    design, rate = _rows(120_000, seed=1)
    rng = np.random.default_rng(2)
    chance = np.where(design.hit > 0, 1.0, 0.25)
    drawn = rng.random(len(design)) < chance
    part = design.take(drawn)
    part = Design(**{**vars(part), "weight": 1 / chance[drawn]})
    learnt = _fit(part).rate(design.features, design.names)
    assert np.mean(np.abs(learnt / rate - 1)) < 0.08
    unweighted = _fit(Design(**{**vars(part), "weight": np.ones(len(part))}))
    assert np.mean(unweighted.rate(design.features, design.names) / rate) > 1.5


def test_contributions_add_up_to_the_score():
    design, _ = _rows(5_000)
    model = _fit(design)
    parts = model.contributions(design.features[:50], design.names)
    score = model.score(design.features[:50], design.names)
    base = score - parts.sum(1)
    np.testing.assert_allclose(base, base[0], atol=1e-6)


def test_an_offset_is_where_boosting_starts():
    design, rate = _rows(40_000)
    features = np.column_stack([design.features, rate.astype(np.float32)])
    design = Design(**{**vars(design), "names": (*design.names, "known"), "features": features})
    parameters = ExposureGBMParameters(max_trees=1, learning_rate=1e-6, offset="known")
    model = ExposureGBM(parameters, ("place", "time")).fit(design)
    np.testing.assert_allclose(model.rate(design.features, design.names), rate, rtol=0.05)


def test_one_label_week_is_too_few_to_hold_any_out():
    design, _ = _rows(500)
    with pytest.raises(NotEnoughDataError, match="1 label weeks are too few"):
        _fit(design.take(design.week == 3))


def test_a_coarse_search_of_a_sample_finds_as_good_a_model():
    design, _ = _rows(60_000, seed=4)
    searched = [
        ExposureGBM(replace(PARAMETERS, search_rows=rows), design.names) for rows in (5_000, 10**6)
    ]
    losses = [
        log_loss(model.fit(design).rate(design.features, design.names), design)
        for model in searched
    ]
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)
    assert searched[0].trees_ % 2 == 0
    assert searched[0].held_out_rate_.shape == (design.recent(12).sum(),)


def test_where_every_hit_weighs_one_the_binary_objective_says_the_same():
    design, _ = _rows(60_000, seed=5)
    whole = replace(design, exposure=np.ones(len(design)))
    nearly = replace(design, exposure=np.full(len(design), 0.999999))
    ones, others = (_fit(each).rate(design.features, design.names) for each in (whole, nearly))
    assert np.median(np.abs(ones / others - 1)) < 0.01
