"""When published weeks say that the town has changed: an alarm rule with few false alarms.

Each judged week gives three figures that chance leaves near 0 (monitoring.charts). Each is divided
by how far it usually strays, chance and the unrest of the weeks before, and added up week by week
(CUSUM, Page, 1954): a small lasting change adds up to an alarm, a single odd week does not, however
odd. Once an alarm is given its sum starts anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt

Side = Literal["up", "down"]
Positive = Annotated[float, Gt(0)]

CHARTS: dict[str, tuple[Side, ...]] = {
    "level": ("up", "down"),
    "zones": ("up",),
    "ranking": ("up",),
}
"""What is watched, and which way it may go wrong."""

WORDS: dict[tuple[str, Side], dict[str, str]] = {
    ("level", "up"): {
        "fr": "On trouve nettement plus que prévu : {ratio} fois, ces {weeks} dernières semaines.",
        "en": "Clearly more is found than was forecast: {ratio} times, over the last {weeks} "
        "weeks.",
    },
    ("level", "down"): {
        "fr": "On trouve nettement moins que prévu : {ratio} fois, ces {weeks} dernières semaines.",
        "en": "Clearly less is found than was forecast: {ratio} times, over the last {weeks} "
        "weeks.",
    },
    ("zones", "up"): {
        "fr": "Certains secteurs ne sont plus comme prévu : ils s'écartent de {spread} % en "
        "moyenne, contre {usual} % d'habitude.",
        "en": "Some zones are no longer as forecast: they are off by {spread} % on average, "
        "against {usual} % usually.",
    },
    ("ranking", "up"): {
        "fr": "La prévision distingue moins bien qu'elle ne le dit les heures et secteurs qui "
        "comptent.",
        "en": "The forecast tells the zones and hours that matter less well apart than it claims.",
    },
}


@dataclass(frozen=True)
class AlarmParameters:
    """When changes are alarms.

    `allowance`: standard deviations a week may stray without adding anything. `threshold`: the sum
    that is an alarm. `most`: what one week can add at most, less than the threshold, so that one
    odd week alone is no alarm. `level_unrest`, `zones_unrest`, `ranking_unrest`: how far each
    figure strays beyond chance where no week says so yet; counts as so many weeks as `prior_weeks`.
    `memory_weeks`: how many weeks before say what is usual, without the newest `apart_weeks`, in
    which a change may be hidden. `open_weeks`: for how long an alarm is shown, and asks for a
    model to be trained.
    """

    allowance: Positive = 1.0
    threshold: Positive = 4.0
    most: Positive = 3.5
    level_unrest: Positive = 0.1
    zones_unrest: Positive = 0.07
    ranking_unrest: Positive = 0.03
    prior_weeks: Positive = 6.0
    memory_weeks: Annotated[int, Ge(4)] = 52
    apart_weeks: Annotated[int, Ge(1)] = 3
    open_weeks: Annotated[int, Ge(1)] = 4


@dataclass(frozen=True)
class Point:
    """One chart in one week: `score` in standard deviations, sums so far, sides that alarm now.

    `centre` and `deviation` are what the figure is held against.
    """

    target_week: str
    value: float
    centre: float
    deviation: float
    score: float
    sums: dict[Side, float]
    raised: tuple[Side, ...]
    run: dict[Side, int]


def alarms(
    weeks: Sequence[dict[str, Any]], parameters: AlarmParameters | None = None
) -> list[dict[str, Any]]:
    """The alarms of the newest `open_weeks` judged weeks as check rows, newest first.

    `weeks` are monitoring.trend's. Each row also names its `chart`, `side` and `target_week`.
    """
    parameters = parameters or AlarmParameters()
    judged = [week for week in weeks if week["judged"]]
    newest = {week["target_week"] for week in judged[-parameters.open_weeks :]}
    found = [row for row in all_alarms(judged, parameters) if row["target_week"] in newest]
    return found[::-1]


def all_alarms(
    weeks: Sequence[dict[str, Any]], parameters: AlarmParameters | None = None
) -> list[dict[str, Any]]:
    """Every alarm that the judged weeks gave, oldest first, as check rows."""
    parameters = parameters or AlarmParameters()
    judged = [week for week in weeks if week["judged"]]
    rows = []
    for chart in CHARTS:
        points = chart_points(judged, chart, parameters)
        for at, point in enumerate(points):
            rows += [_row(chart, side, judged, points, at, parameters) for side in point.raised]
    return sorted(rows, key=lambda row: (row["target_week"], row["name"]))


def chart_points(
    weeks: Sequence[dict[str, Any]], chart: str, parameters: AlarmParameters
) -> list[Point]:
    """One chart over the judged weeks, in their order."""
    sides = CHARTS[chart]
    values = [beyond_season(week["charts"][chart]) for week in weeks]
    chances = [week["charts"][chart]["chance"] for week in weeks]
    sums: dict[Side, float] = dict.fromkeys(sides, 0.0)
    run: dict[Side, int] = dict.fromkeys(sides, 0)
    points: list[Point] = []
    for at, week in enumerate(weeks):
        before = slice(max(0, at - parameters.memory_weeks), max(0, at - parameters.apart_weeks))
        centre, unrest = usual(chart, values[before], chances[before], parameters)
        deviation = math.hypot(chances[at], unrest)
        if chart != "level":  # their centre is known no better than the weeks before tell it
            deviation *= math.sqrt(1 + 1 / (1 + len(values[before])))
        score = (values[at] - centre) / deviation
        raised = []
        for side in sides:
            step = min(score if side == "up" else -score, parameters.most) - parameters.allowance
            sums[side] = max(0.0, sums[side] + step)
            run[side] = run[side] + 1 if sums[side] > 0 else 0
            if sums[side] > parameters.threshold:
                raised.append(side)
        points.append(
            Point(
                week["target_week"],
                values[at],
                centre,
                deviation,
                score,
                dict(sums),
                tuple(raised),
                dict(run),
            )
        )
        for side in raised:
            sums[side], run[side] = 0.0, 0
    return points


def beyond_season(figure: dict[str, Any]) -> float:
    """A figure without the part of it that the same season brought a year before.

    A forecast that knows no season is off by all of that part, one that does by none: whatever lies
    between is no news.
    """
    lowest, highest = figure.get("season") or (0.0, 0.0)
    return figure["value"] - min(max(figure["value"], lowest), highest)


def usual(
    chart: str, values: Sequence[float], chances: Sequence[float], parameters: AlarmParameters
) -> tuple[float, float]:
    """What a figure usually is, and how far it strays beyond chance, by the weeks before.

    The level's centre is 0: a forecast that is always off is off. The others' is the mean of the
    weeks before, for a model may always claim a little too much. Weeks far out count as if they lay
    at three deviations (winsorised), and what was assumed counts as `prior_weeks` weeks.
    """
    assumed = getattr(parameters, f"{chart}_unrest")
    prior = parameters.prior_weeks
    value, chance = np.array(values), np.array(chances)
    centre, unrest = 0.0, assumed
    for _ in range(5):
        limit = 3 * np.hypot(chance, unrest)
        near = np.clip(value - centre, -limit, limit)
        if chart != "level":
            centre += float(near.sum()) / (prior + len(near))
            near = np.clip(value - centre, -limit, limit)
        beyond = float((near**2 - chance**2).sum())
        least = (assumed / 2) ** 2
        unrest = math.sqrt(max((prior * assumed**2 + beyond) / (prior + len(near)), least))
    return centre, unrest


def _row(
    chart: str,
    side: Side,
    weeks: Sequence[dict[str, Any]],
    points: Sequence[Point],
    at: int,
    parameters: AlarmParameters,
) -> dict[str, Any]:
    """One alarm as a check row, with what its sum gathered in words."""
    point = points[at]
    gathered = slice(at - point.run[side] + 1, at + 1)
    expected = sum(week["expected"] for week in weeks[gathered])
    ratio = sum(week["fines"] for week in weeks[gathered]) / max(expected, 1e-9)
    known = {
        "ratio": f"{ratio:.2f}",
        "weeks": point.run[side],
        "spread": f"{100 * math.sqrt(max(point.value, 0)):.0f}",
        "usual": f"{100 * math.sqrt(max(point.centre, 0)):.0f}",
    }
    words = WORDS[chart, side]
    return {
        "name": f"{chart}_{side}",
        "level": "alarm",
        "value": round(point.sums[side], 2),
        "limit": parameters.threshold,
        "words": {
            "fr": words["fr"].format(**{**known, "ratio": known["ratio"].replace(".", ",")}),
            "en": words["en"].format(**known),
        },
        "chart": chart,
        "side": side,
        "target_week": point.target_week,
    }
