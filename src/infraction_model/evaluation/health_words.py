"""What the checks of data health say, in French and in English; and the row that a check gives."""

from __future__ import annotations

import math
from typing import Any

from infraction_model.evaluation.health_limits import Level

SOURCES = {
    "fines": {"fr": "verbalisations", "en": "fines"},
    "patrols": {"fr": "patrouilles", "en": "patrols"},
}

TEXTS: dict[str, dict[str, str]] = {
    "nothing_known": {
        "fr": "Aucune verbalisation ni patrouille n'est connue à cette date.",
        "en": "No fine and no patrol is known at this date.",
    },
    "young": {
        "fr": "Pas encore jugé : {weeks} semaines d'historique avant les plus récentes, il en faut "
        "{needed}.",
        "en": "Not judged yet: {weeks} weeks of history before the recent ones, {needed} are "
        "needed.",
    },
    "fresh": {
        "fr": "Dernier enregistrement ({source}) : il y a {days} jours, d'habitude au plus "
        "{usual}.",
        "en": "Last record ({source}): {days} days ago, usually at most {usual}.",
    },
    "missing_days": {
        "fr": "Jours sans enregistrement ({source}) alors que d'habitude il y en a : {count}"
        "{which}.",
        "en": "Days without a record ({source}) that usually have some: {count}{which}.",
    },
    "volume": {
        "fr": "{source}, {weeks} dernière(s) semaine(s) : {ratio} fois le niveau habituel "
        "(hasard ordinaire : de {low} à {high}).",
        "en": "{source}, last {weeks} week(s): {ratio} times the usual level (ordinary chance: "
        "{low} to {high}).",
    },
    "new_zones": {
        "fr": "Secteurs inconnus jusqu'ici : {count}{which}, {share} des verbalisations récentes.",
        "en": "Zones never seen before: {count}{which}, {share} of recent fines.",
    },
    "vanished_zones": {
        "fr": "Secteurs d'habitude actifs et sans aucun enregistrement récent : {count}{which}, "
        "{share} de l'activité habituelle.",
        "en": "Zones usually active and without any recent record: {count}{which}, {share} of "
        "usual activity.",
    },
    "unknown_categories": {
        "fr": "Catégories inconnues ou « autres » : {share} des verbalisations récentes, "
        "{usual} d'habitude{which}.",
        "en": "Categories unknown or “other”: {share} of recent fines, {usual} as a rule{which}.",
    },
    "vanished_categories": {
        "fr": "Catégories habituelles absentes des semaines récentes : {count}{which}.",
        "en": "Usual categories absent from recent weeks: {count}{which}.",
    },
    "one_hour": {
        "fr": "Part des verbalisations récentes entre {hour} h et {next} h : {share}, {usual} "
        "d'habitude.",
        "en": "Share of recent fines between {hour}:00 and {next}:00: {share}, {usual} as a rule.",
    },
    "clock_shift": {
        "fr": "Heures des verbalisations : {shift} heure(s) de décalage avec l'habitude.",
        "en": "Hours of the fines: {shift} hour(s) away from what is usual.",
    },
    "rows": {
        "fr": "Lignes de l'export ({source}) : {now}, la fois précédente {before}.",
        "en": "Rows of the export ({source}): {now}, {before} the time before.",
    },
    "columns": {
        "fr": "Colonnes disparues de l'export ({source}) : {count}{which}.",
        "en": "Columns gone from the export ({source}): {count}{which}.",
    },
    "filled": {
        "fr": "Colonnes qui se sont vidées ({source}) : {count}{which}.",
        "en": "Columns that have emptied ({source}): {count}{which}.",
    },
    "quarantine": {
        "fr": "Part des {what} mises en quarantaine ({source}) : {share}, {usual} d'habitude.",
        "en": "Share of {what} put in quarantine ({source}): {share}, {usual} as a rule.",
    },
    "quarantine_first": {
        "fr": "Part des {what} mises en quarantaine ({source}) : {share}.",
        "en": "Share of {what} put in quarantine ({source}): {share}.",
    },
    "labels": {
        "fr": "Libellés qu'aucune règle ne reconnaît : {share} des {what}, {usual} d'habitude.",
        "en": "Labels that no rule knows: {share} of {what}, {usual} as a rule.",
    },
    "labels_first": {
        "fr": "Libellés qu'aucune règle ne reconnaît : {share} des {what}.",
        "en": "Labels that no rule knows: {share} of {what}.",
    },
}

NEW_ROWS = {"fr": "nouvelles lignes", "en": "new rows"}
ALL_ROWS = {"fr": "lignes", "en": "rows"}
_MOST_NAMED = 5


def row(
    name: str,
    level: Level,
    value: float | str | None,
    limit: float | str | None,
    text: str,
    **figures: Any,
) -> dict[str, Any]:
    """A check row: `text` names its words, filled with `figures` (a dict has one per language)."""
    words = {}
    for language in ("fr", "en"):
        said = {
            key: figure[language] if isinstance(figure, dict) else _shown(figure, language)
            for key, figure in figures.items()
        }
        sentence = TEXTS[text][language].format(**said)
        words[language] = sentence[0].upper() + sentence[1:]
    return {"name": name, "level": level, "value": value, "limit": limit, "words": words}


def source_words(name: str) -> dict[str, str]:
    """What a source is called: fines, patrols, or the name of a context export as it is."""
    return SOURCES.get(name, {"fr": name, "en": name})


def share_words(share: float) -> dict[str, str]:
    """A share in percent, in both languages."""
    digits = 0 if share == 0 or share >= 0.1 else 1
    shown = f"{100 * share:.{digits}f}"
    return {"fr": f"{shown.replace('.', ',')}\u00a0%", "en": f"{shown} %"}


def which_words(names: list[str]) -> str:
    """The first few names in brackets; "" where there is none."""
    if not names:
        return ""
    more = ", …" if len(names) > _MOST_NAMED else ""
    return f" ({', '.join(names[:_MOST_NAMED])}{more})"


def _shown(figure: Any, language: str) -> str:
    if isinstance(figure, float):
        shown = f"{figure:.0f}" if math.isfinite(figure) and figure >= 10 else f"{figure:.1f}"
        return shown.replace(".", ",") if language == "fr" else shown
    return str(figure)
