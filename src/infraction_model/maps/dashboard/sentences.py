"""What the page says of the town in sentences: on what its figures rest, and how it compares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from infraction_model.maps.texts import week_title
from infraction_model.occupancy.changes import WEEK_KINDS, WEEKS_A_YEAR
from infraction_model.occupancy.state import KINDS, ParkingState, StateParameters, against_before
from infraction_model.timegrid import monday
from infraction_model.wording import number, percent, short_date, words

_HARDLY = 0.0005


def written(
    town: str, state: ParkingState, parameters: StateParameters, language: str
) -> dict[str, str]:
    """The sentences of a language that depend on the town's figures."""
    said = words("dashboard", language)
    week = week_title(monday(state.weeks[state.last]), language)
    return {
        "title": f"{town} – {said['title']} – {week}",
        "week": week + (said["in_holidays"] if state.school[state.last] else ""),
        "claim": _claim(state, said, language),
        "known": _known(state, said, language),
        "compared": _compared(state, parameters, said, language),
        "year_before": _year_before(state, said, language),
        "whole": _whole(state, said, language),
        "changes_rule": _rule(state, parameters, said, language),
        "typical_rule": said["typical_rule"].format(weeks=number(len(state.recent), language)),
        "about": " ".join(_about(state, parameters, said, language)),
    }


def town_shares(state: ParkingState) -> np.ndarray:
    """On what the last week's paid hours rest, KINDS, zones weighed as in the town's mean."""
    weighed = state.shares[:, state.last] * state.weight[:, None]
    return weighed.sum(axis=0) / max(weighed.sum(), 1e-9)


def _claim(state: ParkingState, said: Mapping[str, str], language: str) -> str:
    """What may be said of the figures, and what may not."""
    shares = dict(zip(KINDS, town_shares(state), strict=True))
    parts = [
        said[f"rests_{kind}"].format(share=percent(round(float(share), 2), language))
        for kind, share in shares.items()
        if share > _HARDLY
    ]
    claim = said["rests"].format(parts=said["and"].join(parts))
    if shares["paid"] > _HARDLY:
        claim += " " + said["paid_only" if shares["paid"] > 1 - _HARDLY else "paid_partly"]
    elif shares["estimated"] > _HARDLY:
        claim += " " + said["is_estimate"]
    return claim


def _known(state: ParkingState, said: Mapping[str, str], language: str) -> str:
    known = int(state.known.sum())
    text = said["known_zones"].format(
        known=number(known, language), zones=number(len(state.known), language)
    )
    if state.by_spaces:
        text += said["known_spaces"].format(spaces=number(state.weight.sum(), language))
    return text + "."


def _compared(
    state: ParkingState, parameters: StateParameters, said: Mapping[str, str], language: str
) -> str:
    found = against_before(
        state.town_charged.value, state.kinds, state.last, parameters.before_weeks
    )
    if not np.isfinite(found.difference):
        return said["nothing_before"]
    text = said[f"compared_{WEEK_KINDS[state.kinds[state.last]]}"].format(
        difference=points(found.difference, said, language),
        weeks=number(len(found.weeks), language),
        mondays=", ".join(
            short_date(monday(week), language) for week in state.weeks[found.weeks].tolist()
        ),
    )
    if not np.isfinite(found.usual):
        return f"{text} {said['usual_unknown']}"
    within = abs(found.difference) <= found.usual
    verdict = "usual" if within else "fuller" if found.difference > 0 else "emptier"
    usual = said["usual_size"].format(size=number(100 * found.usual, language, 1))
    return f"{text} {usual} {said[f'verdict_{verdict}']}"


def _year_before(state: ParkingState, said: Mapping[str, str], language: str) -> str:
    place = state.last - WEEKS_A_YEAR
    value = state.town_charged.value
    if place < 0 or not np.isfinite(value[place]):
        return ""
    difference = points(value[state.last] - value[place], said, language)
    return said["year_before"].format(difference=difference)


def points(difference: float, said: Mapping[str, str], language: str) -> str:
    """A difference of two shares in points of percent, with its sign."""
    size = round(100 * abs(difference), 1)
    sign = "±" if size == 0 else "+" if difference > 0 else "−"
    unit = said["points_one" if size < 2 else "points_many"]
    return unit.format(value=f"{sign}{number(size, language, 1)}")


def _whole(state: ParkingState, said: Mapping[str, str], language: str) -> str:
    value = state.town_whole.value[state.last]
    if not np.isfinite(value):
        return said["whole_unknown"]
    return said["whole"].format(value=percent(round(float(value), 2), language))


def _rule(
    state: ParkingState, parameters: StateParameters, said: Mapping[str, str], language: str
) -> str:
    years = 1 / parameters.changes.false_alarms
    return said["changes_rule"].format(
        zones=number(int(state.known.sum()), language),
        years=number(years, language, 0 if years >= 2 else 1),
        weeks=number(parameters.changes.weeks, language),
    )


def _about(
    state: ParkingState, parameters: StateParameters, said: Mapping[str, str], language: str
) -> list[str]:
    sentences = [
        said["about_paid_hours"],
        said["about_mean_spaces" if state.by_spaces else "about_mean_zones"],
        said["about_known"].format(share=percent(parameters.least_known, language)),
        said["about_interval"],
        said["about_usual"].format(weeks=number(parameters.before_weeks, language)),
        said["about_full"].format(
            full=percent(parameters.full, language), empty=percent(parameters.empty, language)
        ),
        said["about_stays"],
        said["about_offline"],
    ]
    return sentences
