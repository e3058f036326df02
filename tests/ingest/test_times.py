"""Times: every usual way to write one, and the two hours a year that the clock makes strange."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.errors import InputError
from infraction_model.ingest.mapping import TimeMapping
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.times import read_times

PARIS = "Europe/Paris"


def export(**columns) -> RawExport:
    frame = pd.DataFrame(columns)
    for name in frame:
        if frame[name].dtype == object:
            frame[name] = frame[name].astype("str")
    nothing = pd.DataFrame({"row": [], "detail": []})
    return RawExport("f.csv", frame, np.arange(2, len(frame) + 2), nothing)


def read(text: str, *formats: str, end_of_day: bool = False, timezone: str = PARIS):
    mapping = TimeMapping(("t",), formats or ("iso",), end_of_day)
    return read_times(export(t=[text, "2024-01-01 00:00"]), mapping, timezone, "data.fines.t")


@pytest.mark.parametrize(
    "text, form, expected",
    [
        ("04/03/2024 14h05", "%d/%m/%Y %Hh%M", "2024-03-04T14:05:00+01:00"),
        ("  04/03/2024   9h05 ", "%d/%m/%Y %Hh%M", "2024-03-04T09:05:00+01:00"),
        ("2024-07-04T14:05:09", "iso", "2024-07-04T14:05:09+02:00"),
        ("2024-07-04 14:05", "%d/%m/%Y", "2024-07-04T14:05:00+02:00"),
        ("2024-07-04T12:05:00Z", "iso", "2024-07-04T14:05:00+02:00"),
        ("2024-07-04T14:05:00+05:30", "iso", "2024-07-04T10:35:00+02:00"),
        ("1720094700", "epoch", "2024-07-04T14:05:00+02:00"),
        ("1720094700123", "epoch_ms", "2024-07-04T14:05:00.123000+02:00"),
        ("04/07/2024 14:05 +0000", "%d/%m/%Y %H:%M %z", "2024-07-04T16:05:00+02:00"),
    ],
)
def test_usual_ways_to_write_a_time(text, form, expected):
    assert read(text, form).aware[0].isoformat() == expected


@pytest.mark.parametrize("text", ["31/02/2024 10h00", "01/01/2024 25h61", "now", "today", "??"])
def test_what_is_no_time_is_missing(text):
    times = read(text, "%d/%m/%Y %Hh%M")
    assert pd.isna(times.aware[0])
    assert not times.empty[0]


def test_formats_are_tried_in_order():
    assert read("04/03/2024 10h00", "%d/%m/%Y %Hh%M", "%m/%d/%Y %Hh%M").aware[0].month == 3
    assert read("03/25/2024 10h00", "%d/%m/%Y %Hh%M", "%m/%d/%Y %Hh%M").aware[0].month == 3


def test_a_date_alone_means_the_end_of_its_day_where_so_stated():
    assert read("04/03/2024", "%d/%m/%Y", end_of_day=True).aware[0].isoformat() == (
        "2024-03-04T23:59:59+01:00"
    )
    assert read("04/03/2024", "%d/%m/%Y").aware[0].hour == 0
    written = read("2024-03-04T10:00:00", end_of_day=True)
    assert written.aware[0].hour == 10


def test_columns_are_joined():
    mapping = TimeMapping(("Date", "Heure"), ("%d/%m/%Y %Hh%M",))
    times = read_times(export(date=["04/03/2024"], heure=["14h05"]), mapping, PARIS, "k")
    assert times.aware[0].isoformat() == "2024-03-04T14:05:00+01:00"


@pytest.mark.parametrize(
    "timezone, repeated, skipped",
    [
        (PARIS, "2024-10-27 02:30", "2024-03-31 02:30"),
        ("Europe/London", "2022-10-30 01:30", "2022-03-27 01:30"),
        ("America/Los_Angeles", "2023-11-05 01:30", "2023-03-12 02:30"),
    ],
)
def test_clock_changes_are_counted(timezone, repeated, skipped):
    in_autumn, in_spring = read(repeated, timezone=timezone), read(skipped, timezone=timezone)
    assert in_autumn.repeated.tolist() == [True, False]
    assert in_autumn.aware[0].dst() == pd.Timedelta(hours=1)
    assert in_spring.skipped.tolist() == [True, False]
    assert in_spring.aware[0].tz_localize(None) - pd.Timestamp(skipped) == pd.Timedelta(hours=1)


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2035, 1, 1)))
def test_wall_clock_times_are_those_of_the_standard_library(moment):
    moment = moment.replace(microsecond=0)
    times = read(moment.strftime("%d/%m/%Y %H:%M:%S"), "%d/%m/%Y %H:%M:%S")
    expected = moment.replace(tzinfo=ZoneInfo(PARIS))
    real = expected.astimezone(dt.UTC).astimezone(ZoneInfo(PARIS)).replace(tzinfo=None) == moment
    if real:  # not in the hour that the clock skips
        assert times.aware[0].to_pydatetime() == expected
    else:
        assert times.skipped[0]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_typed_times_of_a_parquet_file(zone):
    stamps = pd.to_datetime(["2024-10-27 02:30", None]).tz_localize(zone)
    times = read_times(export(t=pd.Series(stamps)), TimeMapping(("t",)), PARIS, "k")
    assert times.aware[0].tz_convert("UTC").hour == (0 if zone is None else 2)
    assert times.empty.tolist() == [False, True]
    assert times.repeated.tolist() == [zone is None, False]


def test_a_column_without_a_single_time_is_an_error_that_shows_values():
    with pytest.raises(InputError, match=r"f\.csv: no value of t is a time .* it holds 'lundi'"):
        read_times(export(t=["lundi", ""]), TimeMapping(("t",)), PARIS, "data.fines.issued_at")
