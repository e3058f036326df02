"""On a made town whose every stay and payer is known: what is found, what is missed, how soon."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from infraction_model.alerts.events import BayChange, Event, Tick, Ticket
from infraction_model.alerts.parameters import LiveParameters
from infraction_model.alerts.town import Town, Zone
from infraction_model.occupancy.timeline import seconds
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.parking import PAYERS
from infraction_model.simulation.payments import make_payments, paid_minutes_ahead
from infraction_model.simulation.town import make_parking, simulate_truth
from infraction_model.timegrid import localise
from made_streets import Followed

MADE = SimulationParameters(zones=24, weeks=12, metered_weeks=3)
OVERSTAY_GRACE, UNPAID_GRACE = 5, 10


@pytest.fixture(scope="module")
def made():
    """The made town's history, its stays with what was paid for each, and its zones."""
    history = simulate_truth(MADE)
    parking = make_parking(history)
    rng = np.random.default_rng(3)
    parts = []
    for _, own in parking.stays.groupby(["zone", "bay"]):
        bought = make_payments(own, history.streets, history.days, parking.since, rng)
        own = own.sort_values("arrived").reset_index(drop=True)
        place = np.searchsorted(own["arrived"], bought["paid_from"], "right") - 1
        assert len(np.unique(place)) == len(bought)
        own[["paid_from", "paid_until"]] = np.nan
        own.loc[place, "paid_from"] = bought["paid_from"].to_numpy()
        own.loc[place, "paid_until"] = bought["paid_until"].to_numpy()
        parts.append(own)
    stays = pd.concat(parts, ignore_index=True)
    streets = history.streets
    stays["zone_id"] = streets["zone_id"].to_numpy()[stays["zone"]]
    stays["bay_id"] = [
        f"{zone}-{bay:02d}" for zone, bay in zip(stays["zone_id"], stays["bay"], strict=True)
    ]
    stays["limit"] = streets["max_stay_minutes"].to_numpy()[stays["zone"]]
    charged = paid_minutes_ahead(history.days) == 0
    return stays, np.concatenate([[0], np.cumsum(charged)]), _town(streets)


def _town(streets: pd.DataFrame) -> Town:
    zones = [
        Zone(one.zone_id, one.spaces, one.tariff, one.max_stay_minutes)
        for one in streets.itertuples()
        if one.paid
    ]
    return Town("Europe/Paris", {zone.zone_id: zone for zone in zones})


def _instants(minutes: pd.Series) -> np.ndarray:
    local = pd.Series(pd.Timestamp(MADE.first_monday) + pd.to_timedelta(minutes, "min"))
    return seconds(localise(local, "Europe/Paris")[0])


def _feed(stays: pd.DataFrame, by_bay: bool) -> list[Event]:
    """What perfect sensors and meters would send, in order of time."""
    came, left = _instants(stays["arrived"]).tolist(), _instants(stays["departed"]).tolist()
    place = list(zip(stays["bay_id"], stays["zone_id"], strict=True))
    events: list[Event] = []
    for (bay, zone), start, end in zip(place, came, left, strict=True):
        events += [BayChange(bay, zone, True, start), BayChange(bay, zone, False, end)]
    paid = stays[stays["paid_from"].notna()]
    start, end = _instants(paid["paid_from"]).tolist(), _instants(paid["paid_until"]).tolist()
    for number, (bay, zone) in enumerate(zip(paid["bay_id"], paid["zone_id"], strict=True)):
        times = (start[number], end[number], start[number])
        events.append(Ticket(zone, bay if by_bay else None, *times, str(number)))
    events.sort(key=lambda one: (one.at, getattr(one, "occupied", True)))
    return [Tick(events[0].at), *events]


def _truth(stays: pd.DataFrame, charged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which stays were too long, and which had no ticket for too long; counted in minutes."""

    def between(start, end) -> np.ndarray:
        return charged[np.maximum(end, start).astype(int)] - charged[start.astype(int)]

    came, left = stays["arrived"].to_numpy(), stays["departed"].to_numpy()
    too_long = between(came, left) > stays["limit"].to_numpy() + OVERSTAY_GRACE
    start = stays["paid_from"].fillna(stays["departed"]).to_numpy()
    end = stays["paid_until"].fillna(stays["departed"]).to_numpy()
    before = between(came, np.minimum(start, left)) > UNPAID_GRACE
    after = between(np.minimum(end, left), left) > UNPAID_GRACE
    return too_long, before | after


def _found(stays: pd.DataFrame, followed: Followed, reason: str) -> np.ndarray:
    ever = {
        (one.bay_id, one.stay_from)
        for one in followed.standing()
        if reason in followed.ever[one.alert_id]
    }
    keys = zip(stays["bay_id"], _instants(stays["arrived"]).tolist(), strict=True)
    return np.array([key in ever for key in keys])


class Remembering(Followed):
    """Remembers every reason that an alert ever had."""

    def _write(self, changes) -> None:
        super()._write(changes)
        for one in changes.alerts:
            self.ever.setdefault(one.alert_id, set()).update(one.reasons)


def _followed(stays: pd.DataFrame, town: Town, by_bay: bool) -> Remembering:
    followed = Remembering(town, LiveParameters())
    followed.ever = {}
    return followed.all(_feed(stays, by_bay), 20)


def test_all_that_is_true_is_found_where_tickets_name_their_bay(made):
    stays, charged, town = made
    too_long, unpaid = _truth(stays, charged)
    followed = _followed(stays, town, by_bay=True)
    assert too_long.sum() > 100
    assert unpaid.sum() > 500
    np.testing.assert_array_equal(_found(stays, followed, "overstay"), too_long)
    np.testing.assert_array_equal(_found(stays, followed, "unpaid"), unpaid)


def test_most_is_found_where_tickets_name_only_their_zone(made):
    stays, charged, town = made
    too_long, unpaid = _truth(stays, charged)
    followed = _followed(stays, town, by_bay=False)
    found = _found(stays, followed, "unpaid")
    # the figures of docs/live.md
    assert found[unpaid].mean() == pytest.approx(0.91, abs=0.02)
    assert unpaid[found].mean() == pytest.approx(0.78, abs=0.02)
    np.testing.assert_array_equal(_found(stays, followed, "overstay"), too_long)


def test_most_is_found_where_one_message_in_a_hundred_is_lost(made):
    """The figures of docs/live.md; an alert is right where its stay began when it says."""
    stays, charged, town = made
    rng = np.random.default_rng(1)
    told = [
        event
        for event in _feed(stays, by_bay=True)
        if not isinstance(event, BayChange) or rng.random() >= 0.01
    ]
    followed = Remembering(town, LiveParameters())
    followed.ever = {}
    followed.all(told, 200)
    expected = {"overstay": (0.99, 0.92), "unpaid": (0.98, 0.98)}
    for reason, true in zip(expected, _truth(stays, charged), strict=True):
        found = _found(stays, followed, reason)
        alerts = sum(reason in reasons for reasons in followed.ever.values())
        recall, precision = found[true].mean(), (found & true).sum() / alerts
        assert (recall, precision) == pytest.approx(expected[reason], abs=0.02)


def test_most_stays_without_a_ticket_are_in_breach(made):
    stays, charged, _ = made
    _, unpaid = _truth(stays, charged)
    at_fault = stays["payer"].to_numpy() != PAYERS.index("subscriber")
    assert at_fault[unpaid].mean() == pytest.approx(0.91, abs=0.02)  # said in docs/live.md


def test_an_alert_opens_at_the_second_at_which_it_is_due(made):
    stays, charged, town = made
    followed = _followed(stays, town, by_bay=True)
    came = dict(zip(zip(stays["bay_id"], _instants(stays["arrived"]).tolist(), strict=True),
                    stays["arrived"], strict=True))  # fmt: skip
    checked = 0
    for one in followed.standing():
        minute = int(came[one.bay_id, one.stay_from])
        if followed.ever[one.alert_id] == {"unpaid"} and charged[minute + 1] - charged[minute]:
            waited = (one.opened_at - one.stay_from) // 60
            if waited <= UNPAID_GRACE:
                assert one.opened_at == one.stay_from + 60 * UNPAID_GRACE + 1
                checked += 1
    assert checked > 100
