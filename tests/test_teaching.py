import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.snapshot import cell_events
from infraction_model.forecast import feature_rows, fit
from infraction_model.teaching import ForecastParameters, busy, known_panel, learn_design

PARAMETERS = ForecastParameters()
MODEL = ExposureGBMParameters(max_trees=30, min_data_in_leaf=20)
NAMES = ("eb_rate_13w_s2", "zone_rate_52w", "rate_lag_1", "hour_of_day", "cell_hours")


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=40)


def test_an_unexposed_zone_hour_is_no_row_and_an_exposed_one_without_a_fine_is_a_zero(panel):
    town, parameters = small_town.town("recorded"), ForecastParameters()
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    design = learn_design(known, panel.end_week, town, NAMES, parameters)
    taught = set(zip(design.zone, design.week, design.hour_of_week, strict=True))
    patrolled = known.patrols[known.patrols["week"].isin(np.unique(design.week))]
    assert taught == set(patrolled[["zone", "week", "hour_of_week"]].itertuples(index=False))
    assert 0.2 < design.hit.mean() < 0.8
    assert (
        design.events.sum()
        == cell_events(known, "recorded")["events"][
            cell_events(known, "recorded")["week"].isin(np.unique(design.week))
        ].sum()
    )


def test_rows_teach_with_the_features_their_own_origin_would_have_shown():
    """Train and score parity: the same function at the same origin gives the same numbers."""
    panel = small_town.panel(weeks=40, late=0.0)
    town, parameters = small_town.town("recorded"), ForecastParameters(gap=2)
    origin = panel.end_week
    known = known_panel(panel, origin, town, PARAMETERS)
    design = learn_design(known, origin, town, NAMES, parameters)
    [forecaster] = fit(panel, origin, town, [MODEL], FeatureParameters(names=NAMES), parameters)
    target = int(np.unique(design.week)[10])
    shown = feature_rows(forecaster, panel, target - 2, rows=8 * 168)
    of_week = design.week == target
    cells = design.zone[of_week].astype(int) * 168 + design.hour_of_week[of_week]
    columns = [design.names.index(name) for name in shown.columns]
    np.testing.assert_array_equal(design.features[of_week][:, columns], shown.to_numpy()[cells])


def test_all_positives_and_a_weighted_draw_of_the_rest_stand_for_every_zone_hour(panel):
    town, parameters = small_town.town("none"), ForecastParameters(draw_share=0.1, least_drawn=0)
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    design = learn_design(known, panel.end_week, town, NAMES, parameters)
    weeks = np.unique(design.week)
    hours = (8 * 168) * len(weeks) - sum(1 for week in weeks if week == 2829)  # spring skips one
    assert design.weight.sum() == pytest.approx(hours, rel=0.05)
    events = cell_events(known, "none")
    assert design.hit.sum() == events["events"][events["week"].isin(weeks)].sum()
    assert np.all(design.weight[design.hit == 1] == 1)
    assert len(design) < 0.3 * hours


def test_a_small_town_draws_more_and_no_fewer_than_asked(panel):
    town = small_town.town("none")
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    rows = {}
    for least in (0, 10_000, 1_000_000):
        parameters = ForecastParameters(draw_share=0.1, least_drawn=least)
        design = learn_design(known, panel.end_week, town, NAMES, parameters)
        rows[least] = int((design.hit == 0).sum())
        hours = 8 * 168 * len(np.unique(design.week))
        assert design.weight.sum() == pytest.approx(hours, rel=0.05)
    assert rows[0] < 0.2 * hours
    assert rows[10_000] == pytest.approx(10_000, rel=0.3)
    assert rows[1_000_000] > 0.8 * hours


def test_recent_weeks_count_for_the_share_of_their_records_that_came_in():
    panel = small_town.panel(weeks=40, late=0.5)
    town = small_town.town("recorded")
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    design = learn_design(
        known, panel.end_week, town, NAMES, ForecastParameters(least_completeness=0.3)
    )
    hours = known.patrols.set_index(["zone", "week", "hour_of_week"])["hours"]
    full = hours.loc[
        list(zip(design.zone, design.week, design.hour_of_week, strict=True))
    ].to_numpy()
    share = design.exposure / full
    newest, oldest = design.week == design.week.max(), design.week == design.week.min()
    assert share[newest].mean() == pytest.approx(0.5, abs=0.1)
    assert share[oldest].mean() == pytest.approx(1.0)


def test_zones_teach_by_how_busy_they_were_at_the_rows_own_origin():
    """A zone that only lately became busy must not teach its quiet past by today's measure."""
    zones, fines, _ = small_town.tables(weeks=40, official=False, late=0.0)
    week = (fines["issued_at"].dt.tz_localize(None) - small_town.FIRST_MONDAY).dt.days // 7
    fines = fines[(fines["zone_id"] != "z00") | (week >= 30)]
    panel = small_town.build(zones, fines, None)
    town = small_town.town("none", min_fines=40)
    known = known_panel(panel, panel.end_week, town, ForecastParameters())
    position = known.zones.index[known.zones["zone_id"] == "z00"][0]
    design = learn_design(known, panel.end_week, town, NAMES, ForecastParameters())
    taught = np.unique(design.week[design.zone == position])
    assert taught.min() > panel.first_week + 30
    assert taught.max() == panel.end_week - 1


def test_too_little_history_says_how_much_is_needed(panel):
    town, origin = small_town.town("recorded"), panel.first_week + 6
    early = known_panel(panel, origin, town, PARAMETERS)
    with pytest.raises(NotEnoughDataError, match="weeks can teach"):
        learn_design(early, origin, town, NAMES, PARAMETERS)
    derived = small_town.panel(weeks=5, official=False)
    with pytest.raises(NotEnoughDataError, match="no zone has"):
        known_panel(derived, derived.end_week, small_town.town("none", min_fines=10**6), PARAMETERS)


def test_a_zone_is_busy_by_the_share_of_fines_known_at_each_origin():
    derived = small_town.panel(weeks=40, official=False)
    least = int(np.median(derived.fines_per_zone())) + 1
    town = small_town.town("none", min_fines=least)
    known = derived.as_of(derived.end_week)
    origins = [known.first_week + 10, known.first_week + 25, known.end_week]
    chosen = busy(known, town, origins)
    for column, origin in enumerate(origins):
        then = derived.as_of(origin).fines
        share = then["fines"].sum() / known.fines["fines"].sum()
        counts = np.bincount(
            np.searchsorted(
                known.zones["zone_id"], derived.as_of(origin).zones["zone_id"][then["zone"]]
            ),
            then["fines"],
            minlength=len(known.zones),
        )
        np.testing.assert_array_equal(chosen[:, column], counts >= least * share)
    assert chosen[:, -1].any()
    assert not chosen[:, -1].all()


def test_a_zone_gone_quiet_still_teaches_its_busy_past_and_its_quiet_weeks_after():
    """Dropping it for what happened later would take the zeros out of the lesson."""
    zones, fines, _ = small_town.tables(weeks=40, official=False, late=0.0)
    week = (fines["issued_at"].dt.tz_localize(None) - small_town.FIRST_MONDAY).dt.days // 7
    fines = fines[(fines["zone_id"] != "z00") | (week < 8)]
    panel = small_town.build(zones, fines, None)
    own = int((fines["zone_id"] == "z00").sum())
    town = small_town.town("none", min_fines=own * 3)
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    position = known.zones.index[known.zones["zone_id"] == "z00"][0]
    design = learn_design(known, panel.end_week, town, NAMES, PARAMETERS)
    taught = design.week[design.zone == position]
    assert taught.min() < panel.first_week + 8 < taught.max()
    assert not busy(known, town, [panel.end_week])[position, 0]


def test_vehicles_checked_teach_as_trials_one_by_one(panel):
    """Each fine is a hit of one vehicle, all other vehicles of its zone-hour one miss."""
    town = small_town.town("checks")
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    design = learn_design(known, panel.end_week, town, NAMES, PARAMETERS)
    hours = known.exposure("checks").set_index(["zone", "week", "hour_of_week"])["hours"]
    unit = 1.0 / town.vehicles_per_hour
    rows = pd.DataFrame(
        {
            "zone": design.zone,
            "week": design.week,
            "hour_of_week": design.hour_of_week,
            "hit": design.hit,
            "exposure": design.exposure,
        }
    )
    share = rows[rows["hit"] == 1].groupby("week")["exposure"].agg(["min", "max"]) / unit
    assert (share["min"] == share["max"]).all()  # the share of the week's records that came in
    rows["exposure"] /= rows["week"].map(share["max"])
    cells = rows.groupby(["zone", "week", "hour_of_week"]).agg(
        hits=("hit", "sum"), misses=("hit", lambda hit: (hit == 0).sum()), hours=("exposure", "sum")
    )
    assert cells["misses"].max() == 1
    assert cells["hits"].max() > 2
    whole = cells["misses"] == 1
    np.testing.assert_allclose(cells.loc[whole, "hours"], hours[cells.index[whole]])
    events = cell_events(known, "checks").groupby(["zone", "week", "hour_of_week"])["events"].sum()
    hit = cells["hits"] > 0
    assert (cells.loc[hit, "hits"] == events[cells.index[hit]]).all()


def test_inferred_exposure_teaches_only_with_finds_of_agents_already_there(panel):
    town = small_town.town("inferred")
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    design = learn_design(known, panel.end_week, town, NAMES, PARAMETERS)
    finds = known.presences.finds
    assert design.events.sum() == finds.loc[finds["week"].isin(design.week), "fines"].sum()
    assert design.events.sum() < 0.7 * known.fines["fines"].sum()


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_of_too_many_rows_the_latest_weeks_teach(basis):
    panel = small_town.panel(zones=40, weeks=60, per_week=900)
    town, origin = small_town.town(basis), panel.end_week
    known = known_panel(panel, origin, town, PARAMETERS)
    whole, some = (
        learn_design(known, origin, town, NAMES, ForecastParameters(least_drawn=0, **settings))
        for settings in ({}, {"max_rows": 10_000})
    )
    assert len(whole) > 14_000
    assert 8_000 < len(some) < 11_000
    kept = np.isin(whole.week, np.unique(some.week))
    assert whole.week[~kept].max() < some.week.min()
    np.testing.assert_array_equal(whole.features[kept], some.features)
    np.testing.assert_array_equal(whole.weight[kept], some.weight)


def test_a_share_of_one_draws_every_zone_hour_once(panel):
    town, parameters = small_town.town("none"), ForecastParameters(draw_share=1.0)
    known = known_panel(panel, panel.end_week, town, PARAMETERS)
    design = learn_design(known, panel.end_week, town, NAMES, parameters)
    weeks = np.unique(design.week)
    assert len(design) == 8 * 168 * len(weeks) - 8 * np.count_nonzero(weeks == 2829)
    assert set(design.weight) == {1.0}
