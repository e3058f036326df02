"""Meters that fell silent: silence is not emptiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Gt, Interval

from infraction_model.occupancy.tickets import Tickets
from infraction_model.timegrid import monday

_MEMORY_DAYS = 56.0
_FEWEST_DAYS = 12
_LEAST_DISPERSION = 1.5
NEVER = 10**6
_NOTHING = 0.05


@dataclass(frozen=True)
class MeterParameters:
    """When a meter is taken for dead: its tickets fell to `fall` of what was to be expected, by its
    own past and by all other meters, with so much evidence (log likelihood ratio `evidence`).
    """

    fall: Annotated[float, Interval(gt=0, lt=1)] = 0.15
    evidence: Annotated[float, Gt(0)] = 14.0


@dataclass(frozen=True)
class Silence:
    """`found`: the day on which a silent day was known to be one, int (key, day), NEVER where it is
    not; `usual`: tickets to be expected, float64 (key, day).
    """

    found: np.ndarray
    usual: np.ndarray

    def silent(self, by_day: int = NEVER) -> np.ndarray:
        """The days known to be silent before `by_day`, bool (key, day)."""
        return self.found < by_day


def find_silences(tickets: Tickets, parameters: MeterParameters) -> Silence:
    """Days on which each meter and channel was silent, judged by what came before those days.

    A cumulative sum of log likelihood ratios (Page 1954) of Poisson counts with the spread of the
    key's own past. A run that is found is marked back to the day on which it began; nothing after a
    day changes what was expected of it.
    """
    counts = tickets.by_day()
    keys, days = counts.shape
    found = np.full((keys, days), NEVER)
    usual = np.zeros((keys, days))
    rate = np.zeros((keys, 7))
    weight = np.zeros((keys, 7))
    spread, seen = np.full(keys, _LEAST_DISPERSION), np.zeros(keys)
    score, began, fell = np.zeros(keys), np.zeros(keys, dtype=int), np.zeros(keys, dtype=int)
    fade = 0.5 ** (7.0 / _MEMORY_DAYS)
    for day in range(days):
        weekday = day % 7
        level = (rate.sum(axis=1) + 1e-9) / np.maximum(weight.sum(axis=1), 1e-9)
        own = (rate[:, weekday] + level) / (weight[:, weekday] + 1.0)
        today = counts[:, day]
        going = seen >= _FEWEST_DAYS
        # what the day was like in the rest of the town, by those that are not silent themselves
        good = going & (score < parameters.evidence / 4)
        others = today[good].sum() - np.where(good, today, 0.0)
        expected_others = own[good].sum() - np.where(good, own, 0.0)
        day_like = (others + 1.0) / (expected_others + 1.0) if good.any() else np.ones(keys)
        expected = own * day_like
        usual[:, day] = expected
        gain = today * np.log(parameters.fall) + expected * (1 - parameters.fall)
        gain = np.where(going, gain / spread, 0.0)
        fresh = score + gain <= _NOTHING
        score = np.where(fresh, 0.0, score + gain)
        began = np.where(fresh, day + 1, began)
        fell = np.where(gain > 0, day + 1, fell)
        for key in np.flatnonzero(score >= parameters.evidence):
            run = found[key, began[key] : fell[key]]
            run[run == NEVER] = day
        score = np.minimum(score, 2 * parameters.evidence)
        # a key in doubt teaches nothing: its silence must not become its custom
        learns = score < parameters.evidence / 2
        pearson = (today - expected) ** 2 / np.maximum(expected, 1.0)
        spread = np.where(
            learns & going, np.maximum(_LEAST_DISPERSION, 0.97 * spread + 0.03 * pearson), spread
        )
        usable = learns & (day_like > 0.05)
        rate[:, weekday] = np.where(
            usable, fade * rate[:, weekday] + today / day_like, rate[:, weekday]
        )
        weight[:, weekday] = np.where(usable, fade * weight[:, weekday] + 1.0, weight[:, weekday])
        seen += 1.0
    return Silence(found, usual)


def silence_table(tickets: Tickets, silence: Silence) -> pd.DataFrame:
    """Each silence: zone_id, meter_id, channel, first_day, last_day, found (dates), missing_share.

    The share is of the tickets that were to be expected.
    """
    base = pd.Timestamp(monday(tickets.first_week))
    counts = tickets.by_day()
    silent = silence.silent()
    rows = []
    for key in np.flatnonzero(silent.any(axis=1)):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], silent[key], [0]])))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            usual = max(float(silence.usual[key, begin:end].sum()), 1e-9)
            missing = 1.0 - float(counts[key, begin:end].sum()) / usual
            rows.append(
                {
                    "zone_id": tickets.zones["zone_id"].iloc[tickets.keys["zone"].iloc[key]],
                    "meter_id": tickets.keys["meter_id"].iloc[key],
                    "channel": tickets.keys["channel"].iloc[key],
                    "first_day": (base + pd.Timedelta(days=int(begin))).date(),
                    "last_day": (base + pd.Timedelta(days=int(end) - 1)).date(),
                    "found": (base + pd.Timedelta(days=int(silence.found[key, begin]))).date(),
                    "missing_share": missing,
                }
            )
    names = ["zone_id", "meter_id", "channel", "first_day", "last_day", "found", "missing_share"]
    return pd.DataFrame(rows, columns=names)


def missing_share(tickets: Tickets, silence: Silence, by_day: int) -> np.ndarray:
    """The share of each zone's tickets that silent meters would have sold, float64 (zone, day).

    Silences found on or after `by_day` are not known yet.
    """
    shape = len(tickets.zones), silence.usual.shape[1]
    place = tickets.keys["zone"].to_numpy()
    lost, every = np.zeros(shape), np.zeros(shape)
    np.add.at(lost, place, np.where(silence.silent(by_day), silence.usual, 0.0))
    np.add.at(every, place, silence.usual)
    return np.where(lost > 0, lost / np.maximum(every, 1e-9), 0.0)
