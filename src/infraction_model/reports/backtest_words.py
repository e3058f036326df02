"""What a backtest says, a sentence each, in French and in English.

Each sentence is made from the findings (evaluation.findings) and says no more than their intervals
allow: "not distinguishable" wherever chance could explain a difference.
"""

from __future__ import annotations

from typing import Any

from infraction_model.reports.backtest_texts import estimator_name, group_name
from infraction_model.reports.exposure_texts import presence_words
from infraction_model.reports.numbers import decimal, percent

ENOUGH_WEEKS = 8
LEAST_RECORDS, FULL_WEEK = 0.95, 0.85
LOWEST, HIGHEST = 0.85, 0.95
SLIGHT, MARKED = 0.05, 0.15
"""Calibration error beyond chance, as a share of what was found: slight, marked up to these."""

LEAST_SHARE = 0.02
"""A group smaller than this share of the zone-hours is not called weak."""

SENTENCES = {
    "fr": {
        "better": (
            "Le modèle ({model}) bat « {other} » : perte logarithmique {own} contre "
            "{loss}, soit {gain} de moins (intervalle à 95 % : de {low} à {high})."
        ),
        "worse": (
            "Le modèle ({model}) NE bat PAS « {other} » : perte logarithmique {own} "
            "contre {loss}, soit {gain} de plus (intervalle à 95 % : de {low} à {high})."
        ),
        "unclear": (
            "Le modèle ({model}) est indiscernable de « {other} » : perte logarithmique {own} "
            "contre {loss} ; l'écart de {change} peut être du hasard (intervalle à 95 % : de {low} "
            "à {high})."
        ),
        "few_weeks": (
            "Peu de semaines jugées ({weeks}) : les intervalles sont larges ; folds.weeks en "
            "juge davantage."
        ),
        "calibrated": (
            "Ses probabilités disent ce qu'elles valent : {forecast} des cases prévues avec au "
            "moins une verbalisation, {found} constatées ; par dixièmes l'écart moyen est de "
            "{error}, dont {chance} de simple hasard."
        ),
        "slightly_off": (
            "Ses probabilités sont à peu près justes : {forecast} prévues, {found} constatées ; "
            "par dixièmes l'écart moyen est de {error}, dont {chance} de simple hasard."
        ),
        "off": (
            "Ses probabilités NE disent PAS ce qu'elles valent : {forecast} prévues, {found} "
            "constatées ; par dixièmes l'écart moyen est de {error}, dont {chance} de simple "
            "hasard."
        ),
        "list": (
            "Les premiers 5 % de sa liste contiennent {capture} des verbalisations, {pai} fois "
            "leur part, et {pei} de ce que la liste parfaite aurait contenu."
        ),
        "coverage": (
            "Ses intervalles à 90 % {verdict} : ils contiennent {known} des vrais taux aux heures "
            "connues{others}."
        ),
        "coverage_never": "{share} dans les cases jamais patrouillées",
        "coverage_other": "{share} aux heures jamais patrouillées",
        "hold": "tiennent parole",
        "narrow": "NE tiennent PAS parole (trop étroits)",
        "wide": "NE tiennent PAS parole (trop larges)",
        "rates_fit": (
            "Rien de ce qui a été constaté ne contredit ses intervalles à 90 % : aux cases "
            "actives, les erreurs qui durent d'une semaine à l'autre font {error} fois ce qu'ils "
            "annoncent (intervalle à 95 % : de {low} à {high})."
        ),
        "rates_narrow": (
            "Ses intervalles à 90 % sont trop étroits : aux cases actives, les erreurs qui durent "
            "d'une semaine à l'autre font {error} fois ce qu'ils annoncent (intervalle à 95 % : de "
            "{low} à {high})."
        ),
        "rates_wide": (
            "Ses intervalles à 90 % semblent plus larges qu'il ne faut : aux cases actives, les "
            "erreurs qui durent d'une semaine à l'autre font {error} fois ce qu'ils annoncent "
            "(intervalle à 95 % : de {low} à {high})."
        ),
        "rates_unknown": (
            "Trop peu de semaines pour dire si ses intervalles à 90 % tiennent parole."
        ),
        "weak": "Là où il est le plus faible : {groups}.",
        "weak_off": "{group} (prévu {forecast}, constaté {found})",
        "weak_loses": "{group} (perd contre « {other} »)",
        "records": (
            "D'après les délais observés, seulement {share} des données des semaines jugées sont "
            "saisies ; ces semaines comptent {usual} des verbalisations d'une semaine ordinaire. "
            "Si les délais restent ce qu'ils étaient, les constats et les chiffres sont trop bas ; "
            "folds.settle_weeks laisse de côté les semaines les plus récentes."
        ),
        "records_faster": (
            "D'après les délais observés, seulement {share} des données des semaines jugées "
            "seraient saisies, mais ces semaines comptent déjà {usual} des verbalisations d'une "
            "semaine ordinaire : la saisie a sans doute accéléré, et peu manque."
        ),
        "hindsight": (
            "Si tout avait été saisi aussitôt, la perte du modèle aurait été de {loss} au lieu de "
            "{known} sur les mêmes cases ({change}, intervalle à 95 % : de {low} à {high}) : c'est "
            "le prix du retard de saisie."
        ),
        "leak": (
            "À ne pas croire : un tirage au hasard des cases aurait affiché {random} "
            "({random_change}), avec des moyennes sur toute la période {history} "
            "({history_change})."
        ),
        "and": " et ",
    },
    "en": {
        "better": (
            "The model ({model}) beats the {other}: log loss {own} against {loss}, {gain} less (95 "
            "% interval {low} to {high})."
        ),
        "worse": (
            "The model ({model}) does NOT beat the {other}: log loss {own} against {loss}, {gain} "
            "more (95 % interval {low} to {high})."
        ),
        "unclear": (
            "The model ({model}) is not distinguishable from the {other}: log loss {own} against "
            "{loss}; the difference of {change} may be chance (95 % interval {low} to {high})."
        ),
        "few_weeks": ("Few weeks judged ({weeks}): intervals are wide; folds.weeks judges more."),
        "calibrated": (
            "Its probabilities mean what they say: {forecast} of zone-hours forecast to hold a "
            "find, {found} did; by tenths the mean gap is {error}, of which {chance} is plain "
            "chance."
        ),
        "slightly_off": (
            "Its probabilities are roughly right: {forecast} of zone-hours forecast to hold a "
            "find, {found} did; by tenths the mean gap is {error}, of which {chance} is plain "
            "chance."
        ),
        "off": (
            "Its probabilities do NOT mean what they say: {forecast} of zone-hours forecast to "
            "hold a find, {found} did; by tenths the mean gap is {error}, of which {chance} is "
            "plain chance."
        ),
        "list": (
            "The first 5 % of its list hold {capture} of the fines, {pai} times their share, and "
            "{pei} of what the perfect list would have held."
        ),
        "coverage": (
            "Its 90 % intervals {verdict}: they hold {known} of the true rates at known "
            "hours{others}."
        ),
        "coverage_never": "{share} in zone-hours never patrolled",
        "coverage_other": "{share} at hours never patrolled",
        "hold": "mean what they say",
        "narrow": "do NOT mean what they say (too narrow)",
        "wide": "do NOT mean what they say (too wide)",
        "rates_fit": (
            "Nothing found speaks against its 90 % intervals: in busy zone-hours, errors that last "
            "from week to week are {error} times what they allow for (95 % interval {low} to "
            "{high})."
        ),
        "rates_narrow": (
            "Its 90 % intervals are too narrow: in busy zone-hours, errors that last from week to "
            "week are {error} times what they allow for (95 % interval {low} to {high})."
        ),
        "rates_wide": (
            "Its 90 % intervals look wider than need be: in busy zone-hours, errors that last from "
            "week to week are {error} times what they allow for (95 % interval {low} to {high})."
        ),
        "rates_unknown": "Too few weeks to say whether its 90 % intervals mean what they say.",
        "weak": "Where it is weakest: {groups}.",
        "weak_off": "{group} (forecast {forecast}, found {found})",
        "weak_loses": "{group} (loses to the {other})",
        "records": (
            "By the delays seen so far only {share} of the judged weeks' records are in; these "
            "weeks hold {usual} of the fines of a usual week. If delays stay so, outcomes and "
            "figures are too low; folds.settle_weeks leaves the newest weeks out."
        ),
        "records_faster": (
            "By the delays seen so far only {share} of the judged weeks' records would be in, yet "
            "these weeks already hold {usual} of the fines of a usual week: records most likely "
            "come in faster now, and few are missing."
        ),
        "hindsight": (
            "Had everything been recorded at once, the model's log loss would have been {loss} "
            "instead of {known} on the same zone-hours ({change}, 95 % interval {low} to {high}): "
            "the price of late records."
        ),
        "leak": (
            "Not to be believed: a random split of zone-hours would have claimed {random} "
            "({random_change}), with means over the whole period {history} ({history_change})."
        ),
        "and": " and ",
    },
}


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
