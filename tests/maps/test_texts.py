from __future__ import annotations

import datetime as dt

import pytest

from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.exposure import BASES
from infraction_model.features.matrix import FeatureParameters
from infraction_model.maps.texts import tier_words, week_title, words_for
from infraction_model.schema import EXPOSURE_BASES
from infraction_model.wording import LANGUAGES, long_date, words


def test_no_figure_is_called_a_probability_of_infraction_where_exposure_is_unknown():
    for language in LANGUAGES:
        for key, text in words("map", language).items():
            if key.endswith("_none") and key != "claim_none":
                assert "infraction" not in text.lower(), key
    assert "pas qu'une infraction ait lieu" in words("map", "fr")["claim_none"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_basis_of_exposure_says_what_its_figures_mean(language):
    said = {basis: words_for(language, basis) for basis in BASES}
    keys = [set(each) for each in said.values()]
    assert all(each == keys[0] for each in keys)
    assert {"claim", "probability", "probability_long", "expected", "week_strip"} <= keys[0]
    for key in ("claim", "probability_long"):
        assert len({each[key] for each in said.values()}) == len(BASES), key
    assert {f"csv_basis_is_{basis}" for basis in EXPOSURE_BASES} <= keys[0]
    # no key of one basis is left over, and none of the page's own was taken for one
    assert not [key for key in keys[0] if key.endswith(BASES) and "csv_basis_is" not in key]
    assert "search_nothing" in keys[0]


def test_dates_and_tiers_in_words():
    assert long_date(dt.date(2026, 2, 1), "fr") == "1er février 2026"
    assert week_title(dt.date(2026, 1, 12), "en") == (
        "Week of Monday 12 January 2026 to Sunday 18 January 2026"
    )
    assert tier_words((0.005, 0.05), "fr") == [
        "les 0,5\u00a0% de tête", "0,5\u00a0% à 5\u00a0%", "le reste",
    ]  # fmt: skip


def test_every_feature_the_model_is_given_has_words_in_both_languages():
    given = set(FeatureParameters().names)
    assert ExposureGBMParameters().kind == "exposure_gbm"
    assert given <= words("features", "fr").keys()
