"""A town's clock and calendar are checked where its settings are read."""

import pytest

from infraction_model.errors import ConfigError
from infraction_model.parameters import read
from infraction_model.pipelines.town import TownData
from made_exports import mapping


def town_with(tmp_path, **changes) -> TownData:
    return read(TownData, {**mapping(tmp_path), **changes})


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("Europe/Pariss", "Europe/Paris"),
        ("europe/paris", "Europe/Paris"),
        ("Rome", "Europe/Rome"),
        ("New York", "America/New_York"),
    ],
)
def test_a_wrong_time_zone_is_refused_with_the_near_one(tmp_path, written, suggested):
    with pytest.raises(ConfigError, match=f"data.timezone.*'{written}'.*mean '{suggested}'"):
        town_with(tmp_path, timezone=written)


def test_a_time_zone_like_no_other_gets_an_example_not_a_guess(tmp_path):
    with pytest.raises(ConfigError, match=r"data\.timezone.*Expected an IANA name"):
        town_with(tmp_path, timezone="qqqqqq")


@pytest.mark.parametrize(
    ("calendar", "named"),
    [
        ({"country": "XX"}, "for XX"),
        ({"country": "GB", "subdivision": "Kent"}, "for GB, Kent"),
    ],
)
def test_a_country_without_known_holidays_is_refused(tmp_path, calendar, named):
    with pytest.raises(ConfigError, match=f"data.calendar.country.*{named}"):
        town_with(tmp_path, calendar=calendar)
