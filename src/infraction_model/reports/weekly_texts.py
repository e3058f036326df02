"""What planners and operators are told when a week did not go as it should, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from infraction_model.reports.numbers import date

LANGUAGES = ("fr", "en")

TROUBLES: dict[str, dict[str, str]] = {
    "export_unusable": {
        "fr": "L'export reçu n'a pas pu être utilisé : la carte repose sur les données "
        "précédentes.",
        "en": "The export could not be used: the map rests on the data received before.",
    },
    "data_unhealthy": {
        "fr": "Les données reçues sont douteuses et n'ont pas été reprises : la carte repose sur "
        "les données précédentes.",
        "en": "The data received look wrong and were not taken over: the map rests on the data "
        "received before.",
    },
    "data_in_doubt": {
        "fr": "Les données reçues sont douteuses et reprises faute de mieux : rien n'en a été "
        "appris.",
        "en": "The data received look wrong and were taken over for want of better: nothing was "
        "learnt from them.",
    },
    "data_silent": {
        "fr": "Il manque des relevés des dernières semaines : rien n'a été appris de ces données.",
        "en": "Records of recent weeks are missing: nothing was learnt from this data.",
    },
    "data_late": {
        "fr": "Aucune donnée plus récente que la semaine du {data_week} n'est connue : la carte "
        "voit plus loin que d'habitude, et moins bien.",
        "en": "No data is known that is newer than the week of {data_week}: the map looks further "
        "ahead than usual, and sees less well.",
    },
    "training_failed": {
        "fr": "L'apprentissage prévu cette semaine a échoué.",
        "en": "The training due this week failed.",
    },
    "promotion_refused": {
        "fr": "Le modèle appris cette semaine n'a pas passé les contrôles de qualité.",
        "en": "The model trained this week did not pass the quality gates.",
    },
    "champion_unusable": {
        "fr": "Aucun modèle en service n'a pu être utilisé.",
        "en": "No model in use could be used.",
    },
    "plan_failed": {
        "fr": "Les visites n'ont pas pu être planifiées : la carte est là, le plan manque.",
        "en": "The visits could not be planned: the map is there, the plan is missing.",
    },
    "monitoring_failed": {
        "fr": "Le suivi des semaines passées n'a pas pu être calculé.",
        "en": "How past weeks did could not be worked out.",
    },
}
"""What went wrong, by kind, in one sentence for a planner."""

SOURCES: dict[str, dict[str, str]] = {
    "trained": {"fr": "", "en": ""},
    "champion": {
        "fr": "La carte est établie par le modèle en service, appris le {trained}.",
        "en": "The map was made by the model in use, trained on {trained}.",
    },
    "empirical_bayes": {
        "fr": "La carte montre le taux historique simple de chaque secteur et de chaque heure "
        "(taux bayésien empirique), moins précis que le modèle.",
        "en": "The map shows the plain historical rate of each zone and hour (empirical-Bayes "
        "rate), less exact than the model.",
    },
}
"""Who scored the week, said where something went wrong."""

SAID_TO_PLANNERS = frozenset(TROUBLES) - {"monitoring_failed"}


def banner(kinds: Iterable[str], source: str, **dates: str) -> dict[str, str] | None:
    """The sentences a map carries above all else, by language; None where all went well.

    `kinds` of troubles in the order in which they came, `source` of the scores, and the ISO dates
    that the sentences name (data_week, trained).
    """
    said = [kind for kind in dict.fromkeys(kinds) if kind in SAID_TO_PLANNERS]
    if not said:
        return None
    return {
        language: " ".join(
            words[language].format(**_written(dates, language))
            for words in [*(TROUBLES[kind] for kind in said), SOURCES[source]]
        ).strip()
        for language in LANGUAGES
    }


def trouble_rows(troubles: Sequence[tuple[str, str]], **dates: str) -> list[dict[str, Any]]:
    """Troubles (kind, what the software said of it) as check rows of a status page."""
    return [
        {
            "name": kind,
            "level": "warning",
            "value": detail or None,
            "limit": None,
            "words": {
                name: TROUBLES[kind][name].format(**_written(dates, name)) for name in LANGUAGES
            },
        }
        for kind, detail in troubles
    ]


def _written(dates: dict[str, str], language: str) -> dict[str, str]:
    return {name: date(iso, language) for name, iso in dates.items()}
