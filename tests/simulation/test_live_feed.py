"""What sensors and meters sent on a made Saturday morning, read back and held to what happened."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from infraction_model.alerts.events import BayChange, Reading, Ticket
from infraction_model.alerts.messages import BadMessage, read_message
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import LIVE_FEED, make_parking, simulate

PARAMETERS = SimulationParameters(zones=20, weeks=12, officers=2, sensor_zones=3, metered_weeks=6)
SATURDAY = pd.Timestamp("2023-03-25", tz="Europe/Paris")


@pytest.fixture(scope="module")
def town():
    return simulate(PARAMETERS)


@pytest.fixture(scope="module")
def sent(town):
    """The events of the feed in order of arrival, and why the others cannot be read."""
    events, reasons = [], []
    for line in town.raw[LIVE_FEED].splitlines():
        try:
            events += read_message(line)
        except BadMessage as error:
            reasons.append(error.reason)
    return events, reasons


def _minute(instant: pd.Timestamp) -> int:
    """Minutes from the first Monday on the town's clock."""
    local = instant.tz_localize(None) - pd.Timestamp(PARAMETERS.first_monday)
    return int(local / pd.Timedelta(minutes=1))


def test_the_bays_tell_every_stay_of_the_morning(town, sent):
    """In order of their own time, and each once, changes are the arrivals and departures."""
    ahead = SATURDAY + pd.Timedelta(days=1)
    changes = {event for event in sent[0] if isinstance(event, BayChange)}
    told = sorted(
        (e.bay_id, pd.Timestamp(e.at, unit="s", tz="Europe/Paris"), e.occupied) for e in changes
    )
    told = [(bay, _minute(at), occupied) for bay, at, occupied in told if at < ahead]
    first, last = (_minute(SATURDAY + pd.Timedelta(hours=hour)) for hour in (8, 13))
    zone_id = town.streets["zone_id"].to_numpy()
    stays = make_parking(town).events
    stays = stays[(stays["departed"] > first) & (stays["arrived"] < last)]
    true = [
        (f"{zone_id[stay.zone]}-{stay.bay:02d}", minute, occupied)
        for stay in stays.itertuples()
        for minute, occupied in ((stay.arrived, True), (stay.departed, False))
        if occupied or minute < last
    ]
    assert len(true) > 20
    assert told == sorted(true)


def test_no_bay_is_taken_before_it_is_left(sent):
    """In its own time, each bay is taken and left by turns; one clock is a day ahead."""
    ahead = (SATURDAY + pd.Timedelta(days=1)).timestamp()
    changes = {event for event in sent[0] if isinstance(event, BayChange) and event.at < ahead}
    for bay_id in {event.bay_id for event in changes}:
        own = sorted((event.at, event.occupied) for event in changes if event.bay_id == bay_id)
        assert all(before[1] != after[1] for before, after in pairwise(own))


def test_it_is_as_untidy_as_a_street(sent):
    events, reasons = sent
    changes = [event for event in events if isinstance(event, BayChange)]
    times = np.array([event.at for event in changes])
    assert len(reasons) == 3
    assert len(changes) > len(set(changes))
    assert (np.diff(times) < 0).any()
    assert times.max() > (SATURDAY + pd.Timedelta(days=1)).timestamp()


def test_meters_and_displays_speak_too(town, sent):
    tickets = [event for event in sent[0] if isinstance(event, Ticket)]
    readings = [event for event in sent[0] if isinstance(event, Reading)]
    known = set(town.streets["zone_id"])
    assert {event.zone_id for event in [*tickets, *readings]} <= known
    assert all(event.free is not None and 0 <= event.free <= event.spaces for event in readings)
    assert len(tickets) > 5


def test_the_same_seed_sends_the_same_bytes(town):
    assert simulate(PARAMETERS).raw[LIVE_FEED] == town.raw[LIVE_FEED]
