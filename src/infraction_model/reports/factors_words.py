"""What the history says, a sentence each, in French and in English.

Each sentence says no more than the intervals allow: where one touches 1, chance is named.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.exposure import is_known
from infraction_model.factors.analysis import Factors
from infraction_model.reports.exposure_texts import EXPOSURE_WORDS
from infraction_model.reports.factors_texts import TEXTS, hours_name, level_name
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.timegrid import monday
from infraction_model.wording import by_language

SENTENCES = by_language("factors_sentences")

MARKED = 0.05
"""An effect smaller than this is not worth a sentence, however sure."""

LEAST_OUTSIDE = 0.005
"""A smaller share of fines outside any known presence is not worth a sentence."""

FEW_FINES = 5
"""A zone with fewer on one side of a change had next to none."""

_YEARS = 104
_NAMED_CHANGES = 3
_LOOKED_AT = 10


def summary(factors: Factors, language: str) -> list[tuple[str, list[str]]]:
    """The sentences by what they are about: key of the heading, sentences; none is empty."""
    groups = {
        "first": [_headline(factors, language), *_claim(factors, language)],
        "when": [
            _extremes(factors, "weekday", language),
            *_hours(factors, language),
            *_season(factors, language),
            *_circumstances(factors, language),
        ],
        "where": _zones(factors, language),
        "changed": _changes(factors, language),
        "unknown": _unknown(factors, language),
    }
    said = {key: [sentence for sentence in group if sentence] for key, group in groups.items()}
    return [(key, group) for key, group in said.items() if group]


def _claim(factors: Factors, language: str) -> list[str]:
    """What the figures are worth where no log of patrol hours says who looked."""
    if factors.basis == "checks":
        return [EXPOSURE_WORDS[language]["checks"].measure]
    return [SENTENCES[language].get(f"claim_{factors.basis}", "")]


def _unknown(factors: Factors, language: str) -> list[str]:
    words = SENTENCES[language]
    found = [EXPOSURE_WORDS[language][factors.basis].not_identifiable]
    unlooked = int((factors.week_hours == 0).sum())
    if is_known(factors.basis) and unlooked:
        found.append(words["unlooked"].format(count=unlooked))
    if factors.unlooked_share >= LEAST_OUTSIDE:
        found.append(words["outside"].format(share=percent(factors.unlooked_share, 1, language)))
    if factors.small_zones:
        count = decimal(factors.small_zones, 0, language)
        found.append(words["small"].format(count=count))
    return found


def method(factors: Factors, language: str) -> list[str]:
    """How the figures were made, in five sentences."""
    spread = factors.spread
    values = {
        "cell": decimal(spread.cell, 1, language),
        "day": percent(spread.day, 0, language),
        "week": percent(spread.week, 0, language),
        "interval": percent(factors.interval, 0, language),
        "complete": percent(factors.least_completeness, 0, language),
        "origin": date(str(monday(factors.origin)), language),
    }
    return [sentence.format(**values) for sentence in SENTENCES[language]["method"]]


def ratio_words(row: pd.Series, language: str, key: str = "ratio") -> str:
    """A ratio with its interval in words; `key` "of" says what it is compared with."""
    values = {
        "ratio": decimal(row["rate_ratio"], 2, language),
        "low": decimal(row["lower"], 2, language),
        "high": decimal(row["upper"], 2, language),
    }
    return SENTENCES[language][key].format(**values)


def rank_words(rank: int, language: str) -> str:
    """`1ᵉʳ`, `12ᵉ`, `no. 12`."""
    words = SENTENCES[language]
    return words["first"] if rank == 1 else words["rank"].format(rank=decimal(rank, 0, language))


def factor_name(factor: str, language: str) -> str:
    """What a factor is called."""
    return TEXTS[language][f"factor_{factor}"]


def _said(factors: Factors, factor: str) -> pd.DataFrame:
    table = factors.table
    return table[(table["factor"] == factor) & (table["remark"] == "")]


def _headline(factors: Factors, language: str) -> str:
    words = SENTENCES[language]
    days, hours = _said(factors, "weekday"), _said(factors, "hour")
    if days.empty or hours.empty:
        return ""
    day = days.loc[days["rate_ratio"].idxmax(), "level"]
    hour = int(hours.loc[hours["rate_ratio"].idxmax(), "level"])
    kind = "known" if is_known(factors.basis) else "none"
    return words[f"headline_{kind}"].format(
        day=words["on_day"].format(day=level_name("weekday", day, language)),
        hour=hours_name(hour, hour + 1, language),
        zone=factors.zones["name"].iloc[0],
    )


def _extremes(factors: Factors, factor: str, language: str) -> str:
    words = SENTENCES[language]
    rows = _said(factors, factor)
    if rows.empty:
        return ""
    name = factor_name(factor, language)
    high, low = rows.loc[rows["rate_ratio"].idxmax()], rows.loc[rows["rate_ratio"].idxmin()]
    is_high = high["lower"] > 1 and high["rate_ratio"] > 1 + MARKED
    is_low = low["upper"] < 1 and low["rate_ratio"] < 1 - MARKED
    values = {
        "factor": name,
        "high": level_name(factor, high["level"], language),
        "ratio": ratio_words(high, language, "of"),
        "low": level_name(factor, low["level"], language),
        "low_ratio": ratio_words(low, language, "of"),
    }
    if is_high and is_low:
        return words["extremes"].format(**values)
    if is_high:
        return words["one_high"].format(**values)
    if is_low:
        return words["one_high"].format(factor=name, high=values["low"], ratio=values["low_ratio"])
    return words["even"].format(factor=name)


def _hours(factors: Factors, language: str) -> list[str]:
    rows = _said(factors, "hour")
    hours = rows["level"].astype(int)
    high = _runs(hours[(rows["lower"] > 1) & (rows["rate_ratio"] > 1 + MARKED)], language)
    low = _runs(hours[(rows["upper"] < 1) & (rows["rate_ratio"] < 1 - MARKED)], language)
    if not high and not low:
        return []
    key = "hours_both" if high and low else "hours_high" if high else "hours_low"
    return [SENTENCES[language][key].format(high=high, low=low)]


def _runs(hours: pd.Series, language: str) -> str:
    """Hours that follow each other as spans: `8 h–9 h et 10 h–12 h`."""
    hours = np.sort(hours.to_numpy())
    if not len(hours):
        return ""
    runs = np.split(hours, np.flatnonzero(np.diff(hours) > 1) + 1)
    names = [hours_name(int(run[0]), int(run[-1]) + 1, language) for run in runs]
    return _listed(names, language)


def _listed(names: list[str], language: str) -> str:
    return SENTENCES[language]["and"].join([", ".join(names[:-1])] * bool(names[1:]) + names[-1:])


def _season(factors: Factors, language: str) -> list[str]:
    month = _extremes(factors, "month", language)
    if not month:
        return []
    short = factors.last_week - factors.first_week + 1 < _YEARS
    return [f"{month} {SENTENCES[language]['season']}" if short else month]


def _circumstances(factors: Factors, language: str) -> list[str]:
    found = []
    table = factors.table
    for factor in table["factor"].unique():
        rows = table[table["factor"] == factor]
        if "yes" in set(rows["level"]):
            found.append(_yes(factor, rows[rows["level"] == "yes"].iloc[0], language))
    heavy = table[(table["factor"] == "rain") & (table["level"] == "heavy")]
    if len(heavy):
        found.append(_yes("rain", heavy.iloc[0], language))
    if (table["factor"] == "temperature").any():
        found.append(_extremes(factors, "temperature", language))
    return found


def _yes(factor: str, row: pd.Series, language: str) -> str:
    words = SENTENCES[language]
    name = factor_name(factor, language)
    if factor == "rain":
        name = level_name("rain", row["level"], language).capitalize()
    if row["remark"]:
        return words["yes_little"].format(factor=name)
    sure = row["lower"] > 1 or row["upper"] < 1
    key = "yes" if sure else "yes_unsure"
    return words[key].format(factor=name, ratio=ratio_words(row, language))


def _zones(factors: Factors, language: str) -> list[str]:
    words, zones = SENTENCES[language], factors.zones
    quote = "« {} »" if language == "fr" else "“{}”"
    rate = zones["rate"].to_numpy()
    top = rate[: max(1, len(rate) // 10)].mean()
    found = [
        words["zones"].format(
            names=_listed([quote.format(name) for name in zones["name"].head(3)], language),
            times=decimal(rate[0] / rate.mean(), 1, language),
            tenth=decimal(top / np.median(rate), 1, language),
        )
    ]
    if is_known(factors.basis):
        found += _misleading(zones, language)
    return found


def _misleading(zones: pd.DataFrame, language: str) -> list[str]:
    """Up to four sentences on how the raw figures would mislead."""
    words = SENTENCES[language]
    hours = np.sort(zones["hours"].to_numpy())[::-1]
    half = int(np.searchsorted(np.cumsum(hours), hours.sum() / 2)) + 1
    found = [words["concentrated"].format(half=half, zones=len(zones))]
    places = max(5, len(zones) // 10)
    most_fined = zones[zones["rank_by_fines"] <= _LOOKED_AT]
    first = zones[zones["rank"] <= _LOOKED_AT]
    raw_first = zones[zones["rank_by_raw_rate"] <= _LOOKED_AT]
    for key, rows, shift in (
        ("fewer", most_fined, most_fined["rank"] - most_fined["rank_by_fines"]),
        ("more", first, first["rank_by_fines"] - first["rank"]),
        ("lucky", raw_first, raw_first["rank"] - raw_first["rank_by_raw_rate"]),
    ):
        if len(rows) and shift.max() >= places:
            row = rows.loc[shift.idxmax()]
            found.append(words[key].format(**_zone_values(row, language)))
    return found


def _zone_values(row: pd.Series, language: str) -> dict[str, str]:
    return {
        "name": row["name"],
        "fines": decimal(row["fines"], 0, language),
        "hours": decimal(row["hours"], 0 if row["hours"] >= 10 else 1, language),
        "rank": rank_words(row["rank"], language),
        "fines_rank": rank_words(row["rank_by_fines"], language),
        "raw_rank": rank_words(row["rank_by_raw_rate"], language),
    }


def _changes(factors: Factors, language: str) -> list[str]:
    words, changes = SENTENCES[language], factors.changes
    if not factors.changes_sought:
        return [words["too_short"]]
    if changes.empty:
        return [words["no_change"]]
    found = [_change(row, language) for row in changes.head(_NAMED_CHANGES).itertuples(index=False)]
    if len(changes) > _NAMED_CHANGES:
        found.append(words["more_changes"].format(count=len(changes) - _NAMED_CHANGES))
    return found


def _change(row, language: str) -> str:
    """One change; a level of next to nothing is told by its counts, no factor would mean much."""
    values = [row.factor, row.lower, row.upper]
    key = "risen"
    if row.factor < 1:
        values, key = [1 / row.factor, 1 / row.upper, 1 / row.lower], "fallen"
    if min(row.fines_before, row.fines_after) < FEW_FINES:
        key = "appeared" if row.factor > 1 else "vanished"
    factor, low, high = (decimal(value, 1, language) for value in values)
    return SENTENCES[language][key].format(
        name=row.name,
        factor=factor,
        low=low,
        high=high,
        before=decimal(row.fines_before, 0, language),
        after=decimal(row.fines_after, 0, language),
        date=date(str(monday(row.week)), language),
    )
