import numpy as np
import pandas as pd

import small_town
from infraction_model.evaluation.groups import (
    EFFORTS,
    GROUPINGS,
    HOUR_BANDS,
    ZONE_CLASSES,
    History,
    classify,
    history,
)


def _history(hours, fines) -> History:
    hours = np.asarray(hours, float)[:, None] * np.ones(168)
    return History(np.array([f"z{i}" for i in range(len(hours))]), hours, np.asarray(fines, float))


def test_zones_fall_into_thirds_by_rate_and_the_unvisited_stand_apart():
    hours = [10, 10, 10, 10, 10, 10, 0.5, 0]
    fines = [1680 * rate for rate in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 9.0, 0)]
    codes = classify(_history(hours, fines), "recorded")["zone_class"][:, 0]
    names = [ZONE_CLASSES[code] for code in codes]
    assert names == ["low"] * 2 + ["middle"] * 2 + ["high"] * 2 + ["seldom"] * 2


def test_hours_and_days_have_their_names():
    codes = classify(_history([1.0], [1]), "recorded")
    bands = [HOUR_BANDS[code] for code in codes["hour_band"][0]]
    assert bands[24:48] == bands[:24]
    assert [bands[hour] for hour in (0, 6, 7, 11, 12, 13, 14, 18, 19, 23)] == [
        *["night"] * 2,
        *["morning"] * 2,
        *["lunch"] * 2,
        *["afternoon"] * 2,
        *["evening"] * 2,
    ]
    days = [GROUPINGS["day"][code] for code in codes["day"][0]]
    assert days[0] == days[119] == "weekday"
    assert days[120] == days[143] == "saturday"
    assert days[144] == days[167] == "sunday"


def test_effort_falls_into_tenths_of_the_zone_hours_ever_looked_at():
    hours = np.zeros((10, 168))
    hours[:5] = np.random.default_rng(0).random((5, 168)) + 0.01
    known = History(np.arange(10).astype(str), hours, np.ones(10))
    codes = classify(known, "recorded")["effort"]
    assert (codes[5:] == EFFORTS.index("never")).all()
    counts = np.bincount(codes[:5].ravel(), minlength=11)[1:]
    assert counts.min() >= 83
    assert counts.max() <= 85
    assert hours[codes == 1].max() <= hours[codes == 10].min()


def test_without_exposure_the_tenths_go_by_the_fines_of_the_zone():
    codes = classify(_history(np.ones(20), np.arange(1, 21)), "none")["effort"]
    assert (codes == codes[:, :1]).all()
    assert codes[0, 0] == 1
    assert codes[-1, 0] == 10
    assert (np.diff(codes[:, 0].astype(int)) >= 0).all()


def test_history_is_what_was_known_at_the_origin():
    panel = small_town.panel(weeks=20, late=0.4)
    origin = panel.first_week + 12
    known = history(panel, "recorded", origin)
    before = panel.patrols[panel.patrols["week"] < origin]
    assert known.hours.sum() == before["hours"].sum()
    records = panel.fines[panel.fines["week"] + panel.fines["delay"] < origin]
    assert known.fines.sum() == records["fines"].sum()
    assert known.fines.sum() < panel.fines.loc[panel.fines["week"] < origin, "fines"].sum()


def test_a_zone_that_was_not_known_then_has_no_history():
    known = _history([3.0, 4.0], [5, 6]).of(pd.Series(["z1", "new", "z0"]))
    assert known.hours[:, 0].tolist() == [4.0, 0.0, 3.0]
    assert known.fines.tolist() == [6, 0, 5]
    codes = classify(known, "recorded")["zone_class"][:, 0]
    assert ZONE_CLASSES[codes[1]] == "seldom"
