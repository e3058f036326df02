"""The settings of the live alerts: the group conf/live."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Interval

from infraction_model.errors import ConfigError
from infraction_model.occupancy.timeline import LimitHours, clock_hours, longest_span
from infraction_model.patrol.shifts import Mode
from infraction_model.patrol.travel import TravelParameters

DAY_MINUTES, WEEK_MINUTES, YEAR_HOURS = 1_440, 10_080, 8_760
Grace = Annotated[float, Interval(ge=0, le=WEEK_MINUTES)]
Severity = Annotated[float, Interval(gt=0, le=1_000)]
Share = Annotated[float, Interval(ge=0, le=1)]
Weekday = Annotated[int, Interval(ge=0, le=6)]


@dataclass(frozen=True)
class ClockParameters:
    """How the times of messages are taken.

    A message up to `reorder_minutes` behind the clock is put in its place; one further behind is
    not used, and after `suspect_after` such in a row a bay's clock is not believed. One that is
    more than `future_minutes` ahead of what another bay confirms is held until one does, or until
    `confirm_bays` bays in a row, with none in time between them, tell such times within
    `confirm_minutes` of each other; at most `hold_hours` of the clock and `most_held` at once. What
    is closed is kept in memory for `keep_hours`, for late verdicts.
    """

    reorder_minutes: Annotated[float, Interval(ge=0, le=WEEK_MINUTES)] = 10.0
    future_minutes: Annotated[float, Interval(gt=0, le=DAY_MINUTES)] = 5.0
    confirm_bays: Annotated[int, Ge(2)] = 3
    confirm_minutes: Annotated[float, Interval(gt=0, le=DAY_MINUTES)] = 60.0
    hold_hours: Annotated[float, Interval(gt=0, le=YEAR_HOURS)] = 24.0
    most_held: Annotated[int, Ge(1)] = 10_000
    suspect_after: Annotated[int, Ge(1)] = 3
    keep_hours: Annotated[float, Interval(gt=0, le=YEAR_HOURS)] = 48.0


@dataclass(frozen=True)
class StayParameters:
    """When a sensor is not believed: occupied for `stuck_hours` or longer, or `flips` changes
    within `flip_minutes`; a flapping bay is believed again once it has been quiet for so long."""

    stuck_hours: Annotated[float, Interval(gt=0, le=720)] = 168.0
    flips: Annotated[int, Ge(4)] = 10
    flip_minutes: Annotated[float, Interval(gt=0, le=DAY_MINUTES)] = 20.0


@dataclass(frozen=True)
class TicketParameters:
    """Which stay a ticket belongs to.

    One that names no bay goes to the stay without a ticket that began about `usual_minutes` before
    it, `match_minutes` at most, counted while parking is paid for; else to a stay whose ticket ran
    out no further from it. `zone_trust`: how often a car found without a ticket has none, in zones
    where tickets name no bay.
    """

    usual_minutes: Annotated[float, Interval(ge=0, le=DAY_MINUTES)] = 2.0
    match_minutes: Annotated[float, Interval(gt=0, le=DAY_MINUTES)] = 15.0
    zone_trust: Share = 0.75


@dataclass(frozen=True)
class OverstayRule:
    """Parked for longer than the zone's limit, counted in limited hours, and `grace_minutes` more.

    `zones`: those it holds in; none named: all that have a limit (max_stay_minutes).
    """

    zones: tuple[str, ...] = ()
    grace_minutes: Grace = 5.0
    severity: Severity = 1.0
    chance: Share = 1.0


@dataclass(frozen=True)
class UnpaidRule:
    """No ticket for more than `grace_minutes` of paid hours.

    `zones`: those it holds in; none named: all that have a tariff which is not one of the
    `free_tariffs` (a disc or nothing is asked for there). `chance`: the share of stays without a
    ticket that are in breach; the others have a permit or a subscription.
    """

    zones: tuple[str, ...] = ()
    free_tariffs: tuple[str, ...] = ("Gratuit", "Bleue")
    grace_minutes: Grace = 10.0
    severity: Severity = 1.0
    chance: Share = 0.7


@dataclass(frozen=True)
class ForbiddenRule:
    """A time at which nobody may park: a market, street cleaning, alternating sides.

    `days` (0 = Monday) at `hours`, of each week or, with `nth`, only the first (1) to fifth of
    that weekday in a month; or at `hours` of the `dates`. `sides` forbids one side of the street at
    a time: "half_month" the even side from the 1st to the 15th and the odd side after, "day" the
    even side on odd days and the odd side on even days. A bay's side is that of its number, unless
    its kinds say "odd_side" or "even_side".
    """

    name: str
    zones: tuple[str, ...] = ()
    days: tuple[Weekday, ...] = ()
    hours: tuple[str, ...] = ("00:00-24:00",)
    nth: tuple[Annotated[int, Interval(ge=1, le=5)], ...] = ()
    dates: tuple[dt.date, ...] = ()
    sides: Literal["both", "half_month", "day"] = "both"
    grace_minutes: Grace = 0.0
    severity: Severity = 2.0
    chance: Share = 1.0

    def __post_init__(self) -> None:
        key = f"key 'live.rules.forbidden' ({self.name!r})"
        _plain(self.name, key)
        if not self.zones:
            raise ConfigError(f"{key}: name the zones it holds in (zones: [...]).")
        if not self.hours:
            raise ConfigError(f"{key}: name at least one span of hours such as 06:00-14:00.")
        for written in self.hours:
            clock_hours(written, f"{key}, hours")
        longest = longest_span(self.hours) / dt.timedelta(minutes=1)
        if self.grace_minutes >= longest:
            raise ConfigError(
                f"{key}: a grace of {self.grace_minutes:g} minutes leaves nothing of hours that "
                f"last {longest:g}. Give it a shorter one (grace_minutes)."
            )
        if not self.days and not self.dates:
            raise ConfigError(
                f"{key}: it holds on no day. Name weekdays (days: [5] is Saturday) or dates."
            )
        if self.nth and not self.days:
            raise ConfigError(f"{key}: nth counts weekdays: name them (days), or leave nth out.")


@dataclass(frozen=True)
class ReservedRule:
    """A bay kept for some: any car that stays longer than `grace_minutes` may be in breach.

    `kinds` are those that messages give such bays. `chance`: the share of cars there that are in
    breach; a sensor does not see a permit.
    """

    name: str
    kinds: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    grace_minutes: Grace = 10.0
    severity: Severity = 3.0
    chance: Share = 0.3

    def __post_init__(self) -> None:
        key = f"key 'live.rules.reserved' ({self.name!r})"
        _plain(self.name, key)
        if not self.kinds:
            raise ConfigError(f"{key}: name the kinds of bays it holds for (kinds: [forDisabled]).")


def _plain(name: str, key: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise ConfigError(
            f"{key}: expected a name of small letters, digits and _, such as market, got {name!r}."
        )


@dataclass(frozen=True)
class RulesParameters:
    """The rules that are watched; a rule that is null is not."""

    overstay: OverstayRule | None = field(default_factory=OverstayRule)
    unpaid: UnpaidRule | None = field(default_factory=UnpaidRule)
    forbidden: tuple[ForbiddenRule, ...] = ()
    reserved: tuple[ReservedRule, ...] = (
        ReservedRule("disabled", ("forDisabled",)),
        ReservedRule("loading", ("loading",), grace_minutes=30.0, severity=1.5),
    )

    def __post_init__(self) -> None:
        for kind in ("forbidden", "reserved"):
            names = [rule.name for rule in getattr(self, kind)]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ConfigError(
                    f"key 'live.rules.{kind}': two rules are called {twice[0]!r}; names tell "
                    "them apart."
                )


@dataclass(frozen=True)
class SurvivalParameters:
    """How long stays last, learnt from past events: the curve of all zones weighs as much as
    `pooling` stays of a zone; `history_weeks` of them are read."""

    pooling: Annotated[float, Interval(ge=0, le=1_000_000)] = 50.0
    history_weeks: Annotated[int, Ge(1)] = 26


@dataclass(frozen=True)
class ReachParameters:
    """How soon a team can be at a zone: from where the plan has it, by `mode` of travel; in
    `default_minutes` where no team is on its way or no plan holds the moment."""

    mode: Mode = "foot"
    default_minutes: Annotated[float, Interval(ge=0, le=DAY_MINUTES)] = 15.0
    travel: TravelParameters = field(default_factory=TravelParameters)


@dataclass(frozen=True)
class RankingParameters:
    """How alerts are ranked: anew each `rerank_seconds` of the clock; a sensor nobody has judged
    is trusted as if it had been right `trust_right` times and wrong `trust_wrong` times."""

    rerank_seconds: Annotated[int, Ge(1)] = 60
    trust_right: Annotated[float, Interval(gt=0, le=1_000_000)] = 9.0
    trust_wrong: Annotated[float, Interval(gt=0, le=1_000_000)] = 1.0


@dataclass(frozen=True)
class LiveParameters:
    """The group conf/live: each part is described where it is defined."""

    limits: LimitHours = field(default_factory=LimitHours)
    clock: ClockParameters = field(default_factory=ClockParameters)
    stays: StayParameters = field(default_factory=StayParameters)
    tickets: TicketParameters = field(default_factory=TicketParameters)
    rules: RulesParameters = field(default_factory=RulesParameters)
    survival: SurvivalParameters = field(default_factory=SurvivalParameters)
    reach: ReachParameters = field(default_factory=ReachParameters)
    ranking: RankingParameters = field(default_factory=RankingParameters)
