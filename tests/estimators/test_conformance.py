"""What every estimator must do, whatever its kind."""

import dataclasses

import numpy as np
import pytest

import small_town
from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.baselines import (
    BareMeanParameters,
    ConstantParameters,
    EmpiricalBayesParameters,
)
from infraction_model.estimators.design import EXPOSURE_HOURS, Design, answers, chance, log_loss
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.estimators.latent_class import LatentClassRateParameters
from infraction_model.estimators.stack import StackParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.registry import FEATURES
from infraction_model.forecast import (
    ForecastParameters,
    known_panel,
    learn_design,
    make_estimator,
    restore_estimator,
)

KINDS = [
    ConstantParameters(),
    BareMeanParameters(),
    EmpiricalBayesParameters(),
    ExposureGBMParameters(max_trees=150, learning_rate=0.1, min_data_in_leaf=20, lambda_l2=1.0),
    ExposureGBMParameters(max_trees=60, min_data_in_leaf=20, offset="eb_rate_all_s2"),
    LatentClassRateParameters(),
    StackParameters(exposure_gbm=ExposureGBMParameters(max_trees=60, min_data_in_leaf=20)),
]
NAMES = [
    "constant",
    "bare_mean",
    "empirical_bayes",
    "boosted",
    "boosted_from_offset",
    "latent_class",
    "stack",
]
FEATURE_NAMES = FeatureParameters()


@pytest.fixture(scope="module")
def design() -> Design:
    panel = small_town.panel(weeks=60, per_week=150)
    town = small_town.town("recorded")
    known = known_panel(panel, panel.end_week, town, ForecastParameters())
    return learn_design(known, panel.end_week, town, tuple(FEATURES), ForecastParameters())


@pytest.fixture(scope="module", params=KINDS, ids=NAMES)
def parameters(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(parameters, design):
    return make_estimator(parameters, FEATURE_NAMES).fit(design)


def test_rates_are_positive_finite_and_one_per_row(fitted, design):
    rate = fitted.rate(design.features, design.names)
    assert rate.shape == (len(design),)
    assert rate.dtype == np.float64
    assert np.isfinite(rate).all()
    assert (rate > 0).all()


def test_the_order_and_number_of_columns_shown_do_not_matter(fitted, design):
    reverse = design.names[::-1]
    np.testing.assert_array_equal(
        fitted.rate(design.features, design.names),
        fitted.rate(np.ascontiguousarray(design.features[:, ::-1]), reverse),
    )


def test_fitting_twice_gives_the_same_to_the_bit(parameters, fitted, design):
    again = make_estimator(parameters, FEATURE_NAMES).fit(design)
    np.testing.assert_array_equal(
        fitted.rate(design.features, design.names), again.rate(design.features, design.names)
    )
    assert fitted.files() == again.files()


def test_files_bring_it_back_to_the_bit(parameters, fitted, design):
    restored = restore_estimator(parameters, fitted.files())
    np.testing.assert_array_equal(
        fitted.rate(design.features, design.names), restored.rate(design.features, design.names)
    )
    assert restored.needs == fitted.needs


def test_the_level_is_right_on_what_was_learnt(fitted, design):
    rate = fitted.rate(design.features, design.names)
    variation = fitted.variation(design.features, design.names)
    expected_hits = chance(rate, design.exposure, variation)
    recent = design.recent(fitted.validation_weeks)
    assert expected_hits[recent].sum() == pytest.approx(design.hit[recent].sum(), rel=0.12)


def test_half_the_exposure_means_twice_the_rate(parameters, fitted, design):
    """The same hits found in half the time are twice as frequent: exposure is in the likelihood."""
    halved = dataclasses.replace(design, exposure=design.exposure / 2)
    rate = make_estimator(parameters, FEATURE_NAMES).fit(halved).rate(design.features, design.names)
    ratio = rate.mean() / fitted.rate(design.features, design.names).mean()
    assert ratio == pytest.approx(2.0, rel=0.1)


def test_served_answers_are_probabilities_of_the_hours_shown(fitted, design):
    import pandas as pd

    rows = pd.DataFrame(design.features[:4], columns=list(design.names))
    one = answers(fitted, rows.assign(**{EXPOSURE_HOURS: 1.0}))["infraction_probability"]
    two = answers(fitted, rows.assign(**{EXPOSURE_HOURS: 2.0}))["infraction_probability"]
    variation = fitted.variation(design.features[:4], design.names)
    if variation is None:
        np.testing.assert_allclose(1 - two, (1 - one) ** 2)
    else:  # of a rate that is not known, the second hour finds less than the first would alone
        assert (1 - two > (1 - one) ** 2).all()
        assert (two > one).all()


def test_boosted_held_out_rates_owe_the_held_out_weeks_their_level_only(design):
    """Turning the held-out weeks' labels round changes all that is said of them by one factor."""
    parameters = dataclasses.replace(KINDS[3], max_trees=1, patience=1)
    held_out = design.recent(parameters.validation_weeks)
    turned = dataclasses.replace(design, hit=np.where(held_out, 1 - design.hit, design.hit))
    one, other = (make_estimator(parameters, FEATURE_NAMES).fit(d) for d in (design, turned))
    factor = other.held_out_rate_ / one.held_out_rate_
    assert abs(factor[0] - 1) > 0.1
    np.testing.assert_allclose(factor, factor[0], rtol=1e-9)


def test_estimators_rank_as_they_should_on_later_weeks(design):
    """Trained on all but the last weeks, judged on them: constant < empirical Bayes <= LightGBM."""
    last = design.recent(8)
    early, late = design.take(~last), design.take(last)
    losses = []
    for kind in KINDS:
        fitted = make_estimator(kind, FEATURE_NAMES).fit(early)
        shown = late.features, late.names
        losses.append(log_loss(fitted.rate(*shown), late, fitted.variation(*shown)))
    constant, _, bayes, boosted, offset, latent, stacked = losses
    assert bayes < constant - 0.02
    assert boosted < constant - 0.02
    assert offset < bayes + 0.005
    assert latent < bayes + 0.005
    assert stacked < min(latent, bayes) + 0.002


def test_held_out_weeks_without_any_fine_are_refused_not_learnt_as_silence(parameters, design):
    last = design.recent(12)
    silent = dataclasses.replace(
        design, hit=np.where(last, 0, design.hit), events=np.where(last, 0.0, design.events)
    )
    with pytest.raises(NotEnoughDataError, match="has a fine"):
        make_estimator(parameters, FEATURE_NAMES).fit(silent)


def test_reasons_add_up_to_the_log_of_the_rate_nearly(fitted, design):
    if not hasattr(fitted, "contributions"):
        pytest.skip("gives no reasons")
    parts = fitted.contributions(design.features, design.names)
    assert parts.shape == (len(design), len(fitted.reasons))
    log_rate = np.log(fitted.rate(design.features, design.names))
    if not getattr(fitted.parameters, "offset", ""):
        assert np.corrcoef(parts.sum(axis=1), log_rate)[0, 1] > 0.97
