"""What a backtest says, a sentence each, in French and in English.

Each sentence is made from the findings (evaluation.findings) and says no more than their intervals
allow: "not distinguishable" wherever chance could explain a difference.
"""

from __future__ import annotations

from typing import Any

from infraction_model.reports.backtest_texts import estimator_name, group_name
from infraction_model.reports.exposure_texts import presence_words
from infraction_model.reports.numbers import decimal, percent
from infraction_model.wording import by_language

ENOUGH_WEEKS = 8
LEAST_RECORDS, FULL_WEEK = 0.95, 0.85
LOWEST, HIGHEST = 0.85, 0.95
SLIGHT, MARKED = 0.05, 0.15
"""Calibration error beyond chance, as a share of what was found: slight, marked up to these."""

LEAST_SHARE = 0.02
"""A group smaller than this share of the zone-hours is not called weak."""

SENTENCES = by_language("backtest_sentences")


def sentences(found: dict[str, Any], language: str) -> list[str]:
    """All that the findings say in words, the verdict against the best baseline first."""
    lines = [verdict(one, found["estimator"], language) for one in _ordered(found)]
    if len(found["weeks"]) < ENOUGH_WEEKS:
        lines.append(_say("few_weeks", language, weeks=len(found["weeks"])))
    lines += [calibration(found, language), _list(found, language), intervals(found, language)]
    weak = weakest(found, language)
    if weak:
        lines.append(_say("weak", language, groups=_listed(weak, language)))
    if found["records_in"] < LEAST_RECORDS:
        lines.append(_records(found, language))
    return lines + _aside(found, language)


def _say(key: str, language: str, **values: Any) -> str:
    return SENTENCES[language][key].format(**values)


def _records(found: dict[str, Any], language: str) -> str:
    """How much of the outcomes is in, by the delays and by the fines of a usual week."""
    share, usual = found["records_in"], found["of_usual_week"]
    faster = usual >= FULL_WEEK and usual - share > 0.2
    return _say(
        "records_faster" if faster else "records",
        language,
        share=percent(share, 0, language),
        usual=percent(usual, 0, language),
    )


def _listed(parts: list[str], language: str) -> str:
    """Several things in one sentence: a, b and c."""
    *first, last = parts
    return SENTENCES[language]["and"].join([", ".join(first), last]) if first else last


def _ordered(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The comparisons, the best baseline first."""
    best = found["best_baseline"]
    return sorted(found["comparisons"], key=lambda one: one["other"] != best)


def verdict(comparison: dict[str, Any], model: str, language: str) -> str:
    """Whether the model beats one other, by how much, or that it cannot be told."""
    change, low, high = comparison["relative"]
    if comparison["verdict"] == "better":
        low, high = -high, -low
    signed = comparison["verdict"] == "unclear"
    return _say(
        comparison["verdict"],
        language,
        model=estimator_name(model, language),
        other=estimator_name(comparison["other"], language),
        own=decimal(comparison["own_loss"], 4, language),
        loss=decimal(comparison["other_loss"], 4, language),
        gain=percent(abs(change), 1, language),
        change=percent(change, 1, language, sign=True),
        low=percent(low, 1, language, sign=signed),
        high=percent(high, 1, language, sign=signed),
    )


def calibration(found: dict[str, Any], language: str) -> str:
    """Whether the probabilities mean what they say."""
    own = found["means"][found["estimator"]]
    return _say(
        _how_calibrated(own),
        language,
        forecast=percent(own["mean_probability"], 2, language),
        found=percent(own["hit_share"], 2, language),
        error=percent(own["calibration_error"], 2, language),
        chance=percent(own["calibration_error_by_chance"], 2, language),
    )


def _how_calibrated(own: dict[str, float]) -> str:
    beyond = own["calibration_error"] - own["calibration_error_by_chance"]
    if beyond <= SLIGHT * own["hit_share"]:
        return "calibrated"
    return "slightly_off" if beyond <= MARKED * own["hit_share"] else "off"


def _list(found: dict[str, Any], language: str) -> str:
    own = found["means"][found["estimator"]]
    return _say(
        "list",
        language,
        capture=percent(own["capture_top_5%"], 0, language),
        pai=decimal(own["pai_top_5%"], 1, language),
        pei=percent(own["pei_top_5%"], 0, language),
    )


def intervals(found: dict[str, Any], language: str) -> str:
    """Whether the 90 % intervals hold: by the truth where there is one, else by what was found."""
    own = found["means"][found["estimator"]]
    if "coverage_known_hours" in own:
        return _coverage(own, language)
    error = found["intervals"][found["estimator"]]["rate_error"]
    low, value, high = (error[key] for key in ("lower", "value", "upper"))
    if not value >= 0 or not high - low < 1.5:
        return _say("rates_unknown", language)
    key = "rates_narrow" if low > 1 else "rates_wide" if high < 1 else "rates_fit"
    shown = {name: decimal(number, 2, language) for name, number in (("low", low), ("high", high))}
    return _say(key, language, error=decimal(value, 2, language), **shown)


def _coverage(own: dict[str, float], language: str) -> str:
    known = own["coverage_known_hours"]
    key = "narrow" if known < LOWEST else "wide" if known > HIGHEST else "hold"
    others = [
        _say(text, language, share=percent(own[name], 0, language))
        for text, name in (
            ("coverage_never", "coverage_never_patrolled"),
            ("coverage_other", "coverage_other_hours"),
        )
        if name in own
    ]
    return _say(
        "coverage",
        language,
        verdict=SENTENCES[language][key],
        known=percent(known, 0, language),
        others="".join(f", {text}" for text in others),
    )


def weakest(found: dict[str, Any], language: str, most: int = 3) -> list[str]:
    """The groups in which the model loses to the best baseline, or is off beyond chance."""
    total = sum(row["zone_hours"] for row in found["groups"] if row["grouping"] == "day")
    said = []
    for row in found["groups"]:
        if row["zone_hours"] < LEAST_SHARE * total:
            continue
        name = group_name(row["grouping"], row["group"], language)
        beyond = row["calibration_error"] - row["calibration_error_by_chance"]
        off = beyond / max(row["hit_share"], 1e-9)
        if row.get("lower", 0) > 0:
            other = estimator_name(found["best_baseline"], language)
            lost = row["difference"] * row["zone_hours"] / total
            said.append((True, lost, _say("weak_loses", language, group=name, other=other)))
        elif off > MARKED:
            shown = {
                "forecast": percent(row["mean_probability"], 1, language),
                "found": percent(row["hit_share"], 1, language),
            }
            said.append((False, off, _say("weak_off", language, group=name, **shown)))
    return [text for *_, text in sorted(said, key=lambda one: one[:2], reverse=True)[:most]]


def _aside(found: dict[str, Any], language: str) -> list[str]:
    """What else was run: presences against a log, with hindsight, and on a random split."""
    own = found["means"][found["estimator"]]["log_loss"]

    def change(loss: float) -> str:
        return percent(loss / own - 1, 1, language, sign=True)

    lines = []
    if found.get("presence"):
        lines.append(presence_words(found["presence"], language))
    if found.get("hindsight"):
        [gain] = [one for one in found["hindsight"] if one["other"] == found["estimator"]]
        value, low, high = (percent(e, 1, language, sign=True) for e in gain["relative"])
        shown = decimal(gain["own_loss"], 4, language)
        known = decimal(gain["other_loss"], 4, language)
        values = {"loss": shown, "known": known, "change": value, "low": low, "high": high}
        lines.append(_say("hindsight", language, **values))
    if found.get("leaky_claims"):
        claims = found["leaky_claims"]
        random, history = claims["random_split"], claims["whole_history"]
        lines.append(
            _say(
                "leak",
                language,
                random=decimal(random, 4, language),
                random_change=change(random),
                history=decimal(history, 4, language),
                history_change=change(history),
            )
        )
    return lines
