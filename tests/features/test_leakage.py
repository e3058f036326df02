"""No feature, no label, no score of an origin depends on a record known at or after it."""

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.asof import completeness
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.exposure import BASES
from infraction_model.features.matrix import FeatureParameters, matrix
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.forecast import ForecastParameters, fit, known_panel, learn_design, predict
from infraction_model.latent_class.model import LatentClassParameters
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import build
from infraction_model.timegrid import monday

ORIGIN_IN_WEEKS = 22
PARAMETERS = ForecastParameters(latent_class=LatentClassParameters(sweeps=4, refresh_sweeps=2))


def _origin_time(weeks: int = ORIGIN_IN_WEEKS) -> pd.Timestamp:
    return (small_town.FIRST_MONDAY + pd.Timedelta(weeks=weeks)).tz_localize(small_town.TIMEZONE)


def _unchanged(zones, fines, patrols, context, occupancy):
    return zones, fines, patrols, context, occupancy


def _context_known_at(context) -> pd.Series:
    """When each record of the small town's context became known, by the rule of the contract."""
    announced = context["kind"].isin(["roadworks", "market", "event"])
    return context["known_at"].where(
        context["known_at"].notna(), context["start"].where(announced, context["end"])
    )


def _without_the_future(zones, fines, patrols, context, occupancy):
    cut = _origin_time()
    known = _context_known_at(context)
    return (
        zones,
        fines[fines["recorded_at"] < cut].reset_index(drop=True),
        patrols[patrols["started_at"] < cut].reset_index(drop=True),
        context[known.isna() | (known < cut) | (known.eq(cut) & context["end"].eq(cut))],
        occupancy[occupancy["starts_at"] < cut],
    )


def _future_changed(zones, fines, patrols, context, occupancy):
    later = fines["recorded_at"] >= _origin_time()
    moved = fines.assign(
        zone_id=fines["zone_id"].where(~later, "z00"),
        category=fines["category"].where(~later, "something new"),
    )
    known = _context_known_at(context)
    later = (known > _origin_time()) | (known.eq(_origin_time()) & context["known_at"].notna())
    told = context.assign(value=context["value"].where(~later, 77.0))
    full = occupancy.assign(
        occupancy=occupancy["occupancy"].where(occupancy["starts_at"] < _origin_time(), 0.99)
    )
    return zones, moved, patrols, told, full


def _old_fines_recorded_late(zones, fines, patrols, context, occupancy):
    """Many fines of past weeks, even before the first one, in old and new zones, known too late."""
    cut = _origin_time()
    issued = _origin_time(0) + pd.to_timedelta(np.arange(-300, 2000) * 97, "min")
    late = pd.DataFrame(
        {
            "fine_id": [f"late{number}" for number in range(len(issued))],
            "issued_at": issued,
            "recorded_at": cut + pd.Timedelta(hours=5),
            "zone_id": np.where(np.arange(len(issued)) % 3 == 0, "new zone", "z03"),
            "category": "unpaid",
            "agent_id": np.where(np.arange(len(issued)) % 2 == 0, "a1", None),
        }
    )
    more = zones.iloc[[0]].assign(zone_id="new zone", name="new zone", official=False)
    zones = pd.concat([zones, more], ignore_index=True)
    return zones, pd.concat([fines, late]), patrols, context, occupancy


def _patrols_after_the_origin(zones, fines, patrols, context, occupancy):
    more = patrols.assign(
        patrol_id="x" + patrols["patrol_id"],
        started_at=patrols["started_at"] + pd.Timedelta(weeks=40),
        ended_at=patrols["ended_at"] + pd.Timedelta(weeks=40, minutes=20),
    )
    return zones, fines, pd.concat([patrols, more], ignore_index=True), context, occupancy


def _context_told_too_late(zones, fines, patrols, context, occupancy):
    """What happened in past weeks and in the target week, of every kind, told after the origin."""
    again = context[context["start"].notna()].assign(
        known_at=_origin_time() + pd.to_timedelta(np.arange(context["start"].notna().sum()), "min"),
        value=lambda table: table["value"] + 50.0,
    )
    shops = context[context["start"].isna()].assign(known_at=_origin_time(), value=99.0)
    early = again.assign(start=again["start"] - pd.Timedelta(weeks=60), end=again["start"])
    told = pd.concat([context, again, shops, early], ignore_index=True)
    return zones, fines, patrols, told, _more_occupancy(occupancy)


def _more_occupancy(occupancy):
    """Zones are full from the origin on, one that nobody had measured before among them."""
    later = occupancy["starts_at"] + pd.Timedelta(weeks=9)
    more = occupancy.assign(starts_at=later, occupancy=1.0, upper=1.0)
    more = more[more["starts_at"] >= _origin_time()]
    unseen = more.assign(zone_id="z07").drop_duplicates("starts_at")
    return pd.concat([occupancy, more, unseen])


CHANGES = [
    _without_the_future,
    _future_changed,
    _old_fines_recorded_late,
    _patrols_after_the_origin,
    _context_told_too_late,
]


def _panel(change):
    tables = small_town.full_tables(late=0.4, official=False)
    *changed, occupancy = change(*tables, small_town.occupancy_table(zones=8, weeks=30))
    return with_occupancy(build(*changed), occupancy)


@pytest.fixture(scope="module", params=BASES)
def basis(request):
    return request.param


@pytest.fixture(scope="module")
def before():
    return _panel(_unchanged)


@pytest.fixture(scope="module", params=CHANGES, ids=lambda change: change.__name__.strip("_"))
def after(request):
    return _panel(request.param)


def _features(panel, basis, names):
    origin = before_origin(panel)
    known = known_panel(panel, origin, small_town.town(basis), PARAMETERS)
    curve = completeness(known.fines, origin)
    snapshot = next(snapshots(known, basis, small_town.CALENDAR, curve, [origin], PARAMETERS.gap))
    zone, hour = np.divmod(np.arange(len(known.zones) * 168), 168)
    return matrix(snapshot, names, zone, hour)


def before_origin(panel) -> int:
    """The origin as a week; the same date whatever the panel holds."""
    first = (_origin_time().tz_localize(None)).date()
    return (first - monday(0)).days // 7


def test_the_changes_do_change_the_panel(before, after):
    frames = ("fines", "patrols", "context")
    assert any(not getattr(before, name).equals(getattr(after, name)) for name in frames)


def test_every_registered_feature_is_blind_to_what_became_known_later(before, after, basis):
    names = tuple(FEATURES)
    one, other = _features(before, basis, names), _features(after, basis, names)
    assert one.shape == other.shape
    differing = [
        name
        for column, name in enumerate(names)
        if not np.array_equal(one[:, column], other[:, column], equal_nan=True)
    ]
    assert differing == []


def test_the_rows_that_teach_are_blind_to_it_too(before, after, basis):
    # a model fitted anew at each of many origins is slow, and was held to one origin above
    names = tuple(name for name in FEATURES if not name.startswith(("latent_", "low_rank_")))
    designs = []
    for panel in (before, after):
        origin = before_origin(panel)
        known = known_panel(panel, origin, small_town.town(basis), PARAMETERS)
        designs.append(learn_design(known, origin, small_town.town(basis), names, PARAMETERS))
    for column in ("features", "hit", "events", "exposure", "weight", "zone", "week"):
        one, other = (getattr(design, column) for design in designs)
        np.testing.assert_array_equal(one, other, err_msg=column)


def test_so_scores_are_the_same_to_the_bit(before, after, basis):
    estimators = [
        EmpiricalBayesParameters(),
        ExposureGBMParameters(max_trees=20, min_data_in_leaf=20),
    ]
    rates = []
    for panel in (before, after):
        origin, town = before_origin(panel), small_town.town(basis)
        fitted = fit(panel, origin, town, estimators, FeatureParameters(), PARAMETERS)
        rates.append([forecast.expected for forecast in predict(fitted, panel, origin)])
    np.testing.assert_array_equal(rates[0], rates[1])
