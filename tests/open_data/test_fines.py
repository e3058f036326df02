"""Fines by month: what counts, what is withheld, and that no reader finds out what was."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.errors import ConfigError
from infraction_model.open_data import files
from infraction_model.open_data.fines import (
    ALL,
    OTHER,
    WHOLE_DAY,
    FineParameters,
    closed_months,
    closing,
    known_in,
    month_tables,
)
from reidentify import cells, intervals, read, true_counts

MARCH = pd.Period("2024-03", "M")
GROUPS = FineParameters().groups
CATEGORIES = ["unpaid", "no_parking", "pavement", "strange"]


def fines(rows: list[tuple[str, str, str]], recorded: list[str] | None = None) -> pd.DataFrame:
    """Fines of (zone_id, local time, category)."""
    issued = pd.to_datetime([time for _, time, _ in rows])
    table = pd.DataFrame(
        {
            "zone_id": [zone for zone, _, _ in rows],
            "issued_at": pd.Series(issued).dt.tz_localize("Europe/Paris"),
            "category": [category for _, _, category in rows],
        }
    )
    if recorded is not None:
        table["recorded_at"] = pd.to_datetime(pd.Series(recorded), format="ISO8601").dt.tz_localize(
            "Europe/Paris"
        )
    return table


def random_fines(counts: np.ndarray, seed: int) -> pd.DataFrame:
    """A March with so many fines of each zone and category, at hours drawn at random."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"Z{zone}", f"2024-03-{rng.integers(1, 29):02d} {rng.integers(0, 24):02d}:17", category)
        for zone, own in enumerate(counts)
        for category, count in zip(CATEGORIES, own, strict=True)
        for _ in range(count)
    ]
    return fines(rows)


def zones_of(count: int, official: bool = True) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": [f"Z{zone}" for zone in range(count)], "official": official})


def published(table: pd.DataFrame, zones: pd.DataFrame, k: int = 5) -> tuple[bytes, bytes]:
    """The two files of a month, as bytes."""
    by_zone, of_town = month_tables(table, zones, MARCH, GROUPS, k)
    by_zone = files.public(by_zone.assign(name=by_zone["zone_id"]), files.FINES)
    return files.csv([by_zone]), files.csv([files.public(of_town, files.FINES_TOWN)])


ROWS = st.lists(
    st.tuples(*[st.sampled_from([0, 0, 1, 2, 4, 7, 15])] * 4), min_size=2, max_size=5
).filter(lambda rows: np.sum(rows) > 0)


@settings(max_examples=7, report_multiple_bugs=False)
@given(
    ROWS,
    st.integers(0, 1000),
)
def test_no_small_count_is_found_from_the_files(rows, seed):
    table = random_fines(np.array(rows), seed)
    by_zone, of_town = published(table, zones_of(len(rows)))
    shown = cells(read(by_zone), read(of_town))
    told = shown["nombre"].dropna()
    assert ((told == 0) | (told >= 5)).all()
    truth = true_counts(table, set(shown["groupe"]))
    known = shown[shown["nombre"].notna()]
    for place, group, count in known[["place", "groupe", "nombre"]].itertuples(index=False):
        assert truth.get((place, group), 0) == count
    for found in intervals(by_zone, of_town).itertuples(index=False):
        if 0 < truth.get((found.place, found.groupe), 0) < 5:
            assert found.least == 0, found
            assert found.most >= 5, found


def test_the_attack_finds_what_is_only_left_out():
    """Were the small count alone left out, the same attack would find it."""
    table = random_fines(np.full((3, 4), 9), 1).iloc[:-6]  # Z2 has 3 of the last category
    by_zone, of_town = month_tables(table, zones_of(3), MARCH, GROUPS, k=1)
    secret = (by_zone["zone_id"] == "Z2") & (by_zone["group"] == OTHER)
    assert by_zone.loc[secret, "count"].item() == 3
    by_zone["count"] = by_zone["count"].mask(secret)
    rows = files.public(by_zone.assign(name=""), files.FINES)
    found = intervals(files.csv([rows]), files.csv([files.public(of_town, files.FINES_TOWN)]))
    assert found[["least", "most"]].to_numpy().tolist() == [[3.0, 3.0]]


def test_a_small_group_joins_the_others_and_a_small_month_is_not_told():
    counts = np.array([[20, 9, 2, 0], [30, 8, 1, 0]])
    by_zone, of_town = month_tables(random_fines(counts, 2), zones_of(2), MARCH, GROUPS, 5)
    # pavement has 3 in town, too few for the others alone: no_parking joins them
    assert set(by_zone["group"]) == {"paiement", OTHER, ALL}
    town = of_town[of_town["part"] == WHOLE_DAY].set_index("group")["count"]
    assert town.to_dict() == {"paiement": 50, OTHER: 20, ALL: 70}
    few = random_fines(np.array([[3, 0, 0, 0], [1, 0, 0, 0]]), 2)
    by_zone, of_town = month_tables(few, zones_of(2), MARCH, GROUPS, 5)
    assert by_zone.empty
    assert of_town["count"].isna().all()
    assert len(of_town) == 1


@settings(max_examples=5, report_multiple_bugs=False)
@given(ROWS, st.integers(0, 1000))
def test_where_zones_are_known_from_fines_alone_none_is_told(rows, seed):
    """That such a zone is named at all tells of a fine there: where fines were cannot be told from
    what is published."""
    table = random_fines(np.array(rows), seed)
    zones = zones_of(len(rows), official=False)
    by_zone, of_town = published(table, zones)
    assert read(by_zone).empty
    elsewhere = table.assign(zone_id="Z0")
    assert published(elsewhere, zones.iloc[:1]) == (by_zone, of_town)
    shown = read(of_town)
    truth = true_counts(table, set(shown["groupe"]))
    for found in intervals(by_zone, of_town).itertuples(index=False):
        if len(table) >= 5 and 0 < truth.get((found.place, found.groupe), 0) < 5:
            assert (found.least, found.most >= 5) == (0, True), found


def test_beside_the_towns_own_zones_others_count_for_nothing():
    table = random_fines(np.array([[9, 0, 0, 0], [5, 0, 0, 0]]), 1)
    zones = zones_of(2).assign(official=[True, False])
    by_zone, of_town = month_tables(table, zones, MARCH, GROUPS, 5)
    assert by_zone[["zone_id", "count"]].to_numpy().tolist() == [["Z0", 9]]
    assert of_town.loc[of_town["part"] == WHOLE_DAY, "count"].tolist() == [9]


@pytest.mark.parametrize("official", [True, False])
@pytest.mark.parametrize("k", [2, 5])
def test_a_month_that_is_secret_may_have_none(official, k):
    """Were months of none told, secret would mean at least one, with k = 2 exactly one."""
    zones = zones_of(2, official)
    told = {
        published(random_fines(np.array([[count, 0, 0, 0], [0] * 4]), 0), zones, k)
        for count in range(k)
    }
    [(by_zone, of_town)] = told
    assert read(by_zone).empty
    assert read(of_town)["statut"].tolist() == ["secret"]


def test_only_what_was_known_at_closing_counts():
    rows = [("Z0", f"2024-03-{day:02d} 10:00", "unpaid") for day in (1, 31, 31, 5)]
    rows.append(("Z0", "2024-04-01 00:00", "unpaid"))
    late = ["2024-03-02", "2024-05-29 23:59", "2024-05-30 00:00", None, "2024-04-01"]
    assert closing(MARCH, 60) == dt.date(2024, 5, 31)
    assert len(known_in(fines(rows, late), MARCH, 59)) == 3
    assert len(known_in(fines(rows, late), MARCH, 60)) == 4
    assert len(known_in(fines(rows), MARCH, 60)) == 4


def closed(table: pd.DataFrame, origin: dt.date, k: int = 2, first=None, **chosen) -> list[str]:
    return [str(one) for one in closed_months(table, origin, k, FineParameters(**chosen), first)]


def issued(*days: str) -> pd.DataFrame:
    return fines([("Z0", f"{day} 10:00", "unpaid") for day in days])


def test_months_that_have_closed():
    table = issued("2024-01-08", "2024-06-01", "2024-06-01")
    assert closed(table, dt.date(2024, 5, 30)) == ["2024-02"]
    assert closed(table, dt.date(2024, 5, 31)) == ["2024-02", "2024-03"]
    early = issued("2024-01-07", "2024-06-01", "2024-06-01")
    assert closed(early, dt.date(2024, 5, 31))[0] == "2024-01"
    assert closed(early, dt.date(2024, 5, 31), first=dt.date(2024, 1, 15))[0] == "2024-02"
    assert closed(early, dt.date(2024, 5, 31), withdrawn=["2024-02"]) == ["2024-01", "2024-03"]
    assert closed(early.iloc[:0], dt.date(2024, 5, 31)) == []


def test_a_month_closes_only_where_the_records_reach():
    """Else it would be counted short or as empty, and so for ever."""
    far = dt.date(2031, 1, 6)
    assert closed(issued("2024-01-02", "2024-05-30", "2024-05-30"), far) == ["2024-01", "2024-02"]
    assert closed(issued("2024-01-02", "2024-05-31", "2024-05-31"), far)[-1] == "2024-03"
    # one fine misdated into the future closes nothing
    assert closed(issued("2024-01-02", "2024-05-30", "2024-05-30", "2030-01-01"), far) == [
        "2024-01",
        "2024-02",
    ]


@pytest.mark.parametrize("month", ["2024", "2024-13", "mars"])
def test_what_is_withdrawn_must_be_months(month):
    with pytest.raises(ConfigError, match=f"expected months as YYYY-MM, got '{month}'"):
        FineParameters(withdrawn=[month])


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({"ensemble": ["unpaid"]}, "'ensemble' stands for all"),
        ({"a": ["unpaid"], "b": ["unpaid", "loading"]}, "'unpaid' is in two groups"),
    ],
)
def test_groups_that_cannot_be(groups, said):
    with pytest.raises(ConfigError, match=said):
        FineParameters(groups=groups)
