from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import gamma

from infraction_model.maps.page.thinning import mixing, thinned_hazard

RATES = st.floats(0.01, 20)
SHARES = st.floats(0.0, 1.0)


@given(RATES, st.floats(0.02, 5), SHARES)
def test_a_share_of_an_uncertain_rate_is_what_the_integral_over_the_rate_says(rate, spread, share):
    hazard = np.array(np.log1p(spread * rate) / spread)
    found = thinned_hazard(hazard, mixing(np.array(rate), hazard), np.array(share))
    draws = gamma(1 / spread, scale=spread * rate)
    nothing, _ = quad(lambda quantile: np.exp(-share * draws.ppf(quantile)), 0, 1, limit=200)
    np.testing.assert_allclose(np.exp(-found), nothing, atol=2e-4)


@given(RATES, SHARES)
def test_a_poisson_rate_is_thinned_in_proportion(rate, share):
    hazard = np.array(rate)
    mixed = mixing(np.array(rate), hazard)
    assert mixed == 0
    np.testing.assert_allclose(thinned_hazard(hazard, mixed, np.array(share)), share * rate)


def test_nothing_and_everything_stay_what_they_are():
    expected = np.array([0.0, 2.0, 2.0, np.nan])
    hazard = np.array([0.0, 1.0, 3.0, np.nan])
    mixed = mixing(expected, hazard)
    whole = thinned_hazard(hazard, mixed, np.ones(4))
    np.testing.assert_allclose(whole, hazard)
    none = thinned_hazard(hazard, mixed, np.zeros(4))
    np.testing.assert_allclose(none[:3], 0.0)
