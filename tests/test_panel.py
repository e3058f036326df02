import numpy as np
import pandas as pd
import pytest
import shapely

import small_town
from infraction_model.errors import ContractError, NotEnoughDataError
from infraction_model.panel import build
from infraction_model.timegrid import monday


def test_every_fine_and_patrol_hour_is_on_the_grid_where_the_calendar_puts_it():
    zones, fines, patrols = small_town.tables()
    panel = build(zones, fines, patrols)
    assert panel.fines["fines"].sum() == len(fines)
    assert panel.patrols["hours"].sum() == pytest.approx(0.5 * len(patrols))
    local = fines["issued_at"].dt.tz_localize(None)
    by_hand = fines.groupby([fines["zone_id"], local.dt.day_of_week * 24 + local.dt.hour]).size()
    named = panel.fines.assign(zone_id=panel.zones["zone_id"].to_numpy()[panel.fines["zone"]])
    on_grid = named.groupby(["zone_id", "hour_of_week"])["fines"].sum()
    assert on_grid.to_dict() == by_hand.to_dict()


def test_the_delay_is_whole_weeks_and_never_negative():
    zones, fines, _ = small_town.tables(zones=1, weeks=1)
    day = pd.Timestamp("2024-01-05 10:00", tz=small_town.TIMEZONE)  # a Friday
    fines = fines.iloc[:4].assign(
        issued_at=day,
        recorded_at=[day + pd.Timedelta(days=days) for days in (2, 3, 10, -30)],
        category="x",
    )
    panel = build(zones, fines, None)
    assert panel.fines.set_index("delay")["fines"].to_dict() == {0: 2, 1: 1, 2: 1}


def test_a_past_origin_sees_what_was_known_then_and_no_zone_not_seen_yet():
    zones, fines, patrols = small_town.tables(official=False)
    late_zone = fines["zone_id"] == "z07"
    fines = fines[~late_zone | (fines["issued_at"] > "2024-05-01")].reset_index(drop=True)
    panel = build(zones, fines, patrols[patrols["zone_id"] != "z07"])
    origin = panel.first_week + 8
    known = panel.as_of(origin)
    before = fines["recorded_at"] < pd.Timestamp(monday(origin), tz=small_town.TIMEZONE)
    assert known.fines["fines"].sum() == before.sum()
    assert "z07" not in set(known.zones["zone_id"])
    assert set(panel.as_of(panel.end_week).zones["zone_id"]) == set(zones["zone_id"])


def test_official_zones_are_known_before_any_fine():
    panel = small_town.panel(official=True)
    assert len(panel.as_of(panel.first_week + 1).zones) == 8


@pytest.mark.parametrize(
    ("first", "last", "first_whole", "end"),
    [
        ("2024-01-01", "2024-01-28", "2024-01-01", "2024-01-29"),  # Monday to Sunday
        ("2024-01-03", "2024-01-23", "2024-01-08", "2024-01-22"),  # Wednesday to Tuesday
        ("2024-01-07", "2024-01-22", "2024-01-08", "2024-01-22"),  # Sunday to Monday
    ],
)
def test_whole_weeks_only_are_the_span(first, last, first_whole, end):
    days = pd.date_range(first, last, tz=small_town.TIMEZONE) + pd.Timedelta(hours=9)
    fines = pd.DataFrame(
        {"fine_id": days.astype(str), "issued_at": days, "zone_id": "z00", "category": "x"}
    )
    panel = build(small_town.zones_table(1), fines, None)
    assert str(monday(panel.first_week)) == first_whole
    assert str(monday(panel.end_week)) == end


@pytest.mark.parametrize("years", [-5, 5])
def test_one_mistyped_year_does_not_stretch_the_history(years):
    zones, fines, patrols = small_town.tables()
    one = fines.iloc[[0]]
    moved = one.assign(
        fine_id="typo",
        issued_at=one["issued_at"] + pd.Timedelta(weeks=52 * years),
        recorded_at=one["recorded_at"] + pd.Timedelta(weeks=52 * years),
    )
    usual = build(zones, fines, patrols)
    panel = build(zones, pd.concat([fines, moved], ignore_index=True), patrols)
    assert (panel.first_week, panel.end_week) == (usual.first_week, usual.end_week)
    assert sum(panel.stray_weeks().values()) == 1
    assert usual.stray_weeks() == {}


def test_a_town_that_never_patrols_on_sunday_ends_its_week_on_its_last_usual_day():
    panel = small_town.panel(weeks=10)  # Monday to Friday
    assert panel.end_week == panel.first_week + 10


def test_zone_order_and_row_order_of_the_tables_do_not_matter():
    zones, fines, patrols = small_town.tables()
    shuffled = [table.sample(frac=1, random_state=3) for table in (zones, fines, patrols)]
    one, other = build(zones, fines, patrols), build(*shuffled)
    pd.testing.assert_frame_equal(one.fines, other.fines)
    pd.testing.assert_frame_equal(one.zones, other.zones)
    np.testing.assert_allclose(one.patrols["hours"], other.patrols["hours"])


def test_zones_carry_the_centre_of_their_geometry():
    zones = small_town.zones_table(2)
    zones["geometry"] = [shapely.to_wkb(shapely.box(3, 49, 3.2, 49.2)), None]
    _, fines, _ = small_town.tables(zones=2, weeks=2)
    panel = build(zones, fines, None)
    assert panel.zones.loc[0, ["lon", "lat"]].tolist() == pytest.approx([3.1, 49.1])
    assert panel.zones.loc[1, ["lon", "lat"]].isna().all()


def test_a_fine_of_an_unknown_zone_names_its_row():
    zones, fines, patrols = small_town.tables()
    with pytest.raises(ContractError, match="zone 'z07' is not in the zones table"):
        build(zones.iloc[:7], fines, patrols)


def test_a_patrol_of_no_length_exposes_nothing():
    zones, fines, patrols = small_town.tables(weeks=5)
    still = patrols.assign(
        patrol_id="still" + patrols["patrol_id"],
        started_at=patrols["started_at"] + pd.Timedelta(hours=12),
        ended_at=patrols["started_at"] + pd.Timedelta(hours=12),
        vehicles_checked=np.nan,
    )
    panel = build(zones, fines, pd.concat([patrols, still], ignore_index=True))
    pd.testing.assert_frame_equal(panel.patrols, build(zones, fines, patrols).patrols)


def test_no_fine_at_all_is_said():
    zones, fines, patrols = small_town.tables()
    with pytest.raises(NotEnoughDataError, match="no fine"):
        build(zones, fines.iloc[:0], patrols)


def _context(**columns) -> pd.DataFrame:
    """One context record of the small town; times as local clock text."""
    row = {"zone_id": "z01", "kind": "event", "value": 1.0, "start": None, "end": None}
    table = pd.DataFrame([{**row, "known_at": None, **columns}])
    for name in ("start", "end", "known_at"):
        table[name] = pd.to_datetime(table[name]).dt.tz_localize(small_town.TIMEZONE)
    return table


def _placed(context: pd.DataFrame):
    return build(*small_town.tables(weeks=10), context).context.iloc[0]


def _hour(text: str) -> int:
    return int((pd.Timestamp(text) - pd.Timestamp("1970-01-05")) / pd.Timedelta(hours=1))


@pytest.mark.parametrize(
    ("start", "end", "begin", "last"),
    [
        ("2024-01-09 08:00", "2024-01-09 10:00", "2024-01-09 08:00", "2024-01-09 09:00"),
        ("2024-01-09 08:59", "2024-01-09 09:01", "2024-01-09 08:00", "2024-01-09 09:00"),
        ("2024-01-09 08:00", "2024-01-09 08:00", "2024-01-09 08:00", "2024-01-09 08:00"),
        ("2024-03-30 12:00", "2024-04-01 12:00", "2024-03-30 12:00", "2024-04-01 11:00"),
    ],
)
def test_a_context_record_covers_every_hour_it_touches(start, end, begin, last):
    record = _placed(_context(start=start, end=end))
    assert (record["begin"], record["end"]) == (_hour(begin), _hour(last) + 1)


@pytest.mark.parametrize(
    ("kind", "known_at", "known"),
    [
        ("event", "2024-01-02 18:00", "2024-01-02 18:00"),
        ("event", None, "2024-01-09 08:00"),  # once it has begun
        ("rain", None, "2024-01-09 09:00"),  # once it is over
        ("rain", "2024-01-02 18:00", "2024-01-02 18:00"),  # a forecast
        ("payments", "2024-01-02 18:00", "2024-01-09 09:00"),  # never before it is counted
        ("payments", "2024-02-01 18:00", "2024-02-01 18:00"),
    ],
)
def test_when_a_context_record_became_known(kind, known_at, known):
    times = {"start": "2024-01-09 08:00", "end": "2024-01-09 10:00", "known_at": known_at}
    assert _placed(_context(kind=kind, **times))["known_hour"] == _hour(known)


def test_what_stands_without_dates_is_always_known_and_holds_on():
    panel = build(*small_town.tables(weeks=10), _context(kind="commerce"))
    assert len(panel.as_of(panel.first_week).context) == 1
    assert panel.context["begin"][0] < 0 < _hour("2100-01-01") < panel.context["end"][0]


def test_an_origin_sees_the_context_known_before_it_and_zones_keep_theirs():
    zones, fines, patrols, context = small_town.full_tables(official=False)
    fines, patrols = (table[table["zone_id"] != "z02"] for table in (fines, patrols))
    panel = build(zones, fines, patrols, context)
    origin = panel.first_week + 12
    known = panel.as_of(origin)
    assert known.context["known_hour"].max() < origin * 168 <= panel.context["known_hour"].max()

    def by_zone(of) -> dict:
        placed = of.context[(of.context["zone"] >= 0) & (of.context["known_hour"] < origin * 168)]
        names = of.zones["zone_id"].to_numpy()[placed["zone"]]
        return placed.groupby(names)["value"].sum().to_dict()

    expected = by_zone(panel)
    del expected["z02"]  # no fine and no patrol made it a zone
    assert by_zone(known) == expected
    whole_town = (known.context["zone"] < 0) == known.context["kind"].isin(["rain", "temperature"])
    assert whole_town.all()


def test_vehicles_checked_are_spread_over_the_hours_of_their_patrol_and_none_is_lost():
    zones, fines, patrols = small_town.tables()
    moved = patrols.assign(
        started_at=patrols["started_at"] + pd.Timedelta(minutes=20),
        ended_at=patrols["ended_at"] + pd.Timedelta(minutes=20),
    )
    panel = build(zones, fines, moved)
    assert panel.patrols["vehicles"].sum() == pytest.approx(patrols["vehicles_checked"].sum())
    one = build(zones, fines, moved.iloc[[0]].assign(vehicles_checked=9.0)).patrols
    share = one["vehicles"] / one["hours"]
    np.testing.assert_allclose(share, 18.0)  # nine in half an hour, whichever hour of it
    # a pass that took no time is still a count; it is no time on patrol
    scanned = build(zones, fines, moved.assign(ended_at=moved["started_at"]))
    assert scanned.patrols["vehicles"].sum() == pytest.approx(patrols["vehicles_checked"].sum())
    assert scanned.patrols["hours"].sum() == 0
    assert scanned.exposure("recorded").empty


def test_each_basis_shows_its_own_exposure_and_no_other():
    zones, fines, patrols = small_town.tables()
    uncounted = patrols["patrol_id"] == "p0"
    patrols["vehicles_checked"] = patrols["vehicles_checked"].mask(uncounted)
    panel = build(zones, fines, patrols)
    assert panel.seen_through("recorded") is panel
    assert panel.seen_through("none") is panel
    counted = patrols["vehicles_checked"].sum()
    assert panel.vehicles_per_hour() == pytest.approx(2 * counted / (len(patrols) - 1), rel=0.01)
    by_checks = panel.seen_through("checks", vehicles_per_hour=20.0)
    assert by_checks.exposure("checks")["hours"].sum() == pytest.approx(counted / 20.0)
    inferred = panel.seen_through("inferred")
    told = panel.presences.hours["hours"].sum()
    assert inferred.exposure("inferred")["hours"].sum() == pytest.approx(told)
    assert 0.1 < told / panel.patrols["hours"].sum() < 0.9
    assert inferred.seen_through("inferred") is inferred
    with pytest.raises(ValueError, match="shows recorded exposure, not inferred"):
        panel.exposure("inferred")
    with pytest.raises(ValueError, match="cannot show checks"):
        inferred.seen_through("checks", 20.0)
    with pytest.raises(ValueError, match="needs vehicles_per_hour"):
        panel.seen_through("checks")


def test_a_past_origin_sees_the_presences_that_the_fines_known_then_told():
    zones, fines, _ = small_town.tables(late=0.4)
    panel = build(zones, fines, None).seen_through("inferred")
    for weeks in (9, 16):
        origin = panel.first_week + weeks
        cut = pd.Timestamp(monday(origin), tz=small_town.TIMEZONE)
        then = build(zones, fines[fines["recorded_at"] < cut], None).seen_through("inferred")
        pd.testing.assert_frame_equal(
            panel.as_of(origin).exposure("inferred"), then.exposure("inferred")
        )
        keys = ["zone", "week", "hour_of_week"]
        found, expected = (
            each.found("inferred").groupby(keys)["fines"].sum().loc[lambda counts: counts > 0]
            for each in (panel.as_of(origin), then)
        )
        pd.testing.assert_series_equal(found, expected)
        assert 20 < found.sum() < len(fines)


def test_fines_without_agents_tell_no_presence():
    zones, fines, patrols = small_town.tables(weeks=5)
    for anonymous in (fines.drop(columns="agent_id"), fines.assign(agent_id=None)):
        panel = build(zones, anonymous, patrols)
        assert panel.presences.hours.empty
        assert panel.presences.finds.empty
