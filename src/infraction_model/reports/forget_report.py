"""The certificate of a forgetting as one HTML page that works offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infraction_model.reports.numbers import date
from infraction_model.reports.templating import environment

TEXTS: dict[str, dict[str, str]] = {
    "fr": {
        "title": "Ce qui a été oublié",
        "asked": "Demandé : oublier ce qui date d'avant le {before}. Le panel tient des semaines "
        "entières : tout ce qui date d'avant le lundi {kept_from} est parti. Fait le {done_at}.",
        "proven": "Relu : aucun enregistrement d'avant le {kept_from} ne reste dans l'espace de "
        "travail.",
        "unproven": "Il reste des enregistrements d'avant le {kept_from} : voir les lignes "
        "marquées.",
        "removed": "Ce qui est parti",
        "what": "Quoi",
        "count": "Nombre",
        "oldest_before": "Le plus ancien",
        "records": "Ce qui reste, relu fichier par fichier",
        "file": "Fichier",
        "oldest": "Le plus ancien enregistrement",
        "none": "aucune date",
        "models": "Modèles qui restent, et la première semaine qu'ils ont apprise",
        "no_models": "Aucun modèle ne reste : lancer train puis promote.",
        "mentions": "Fichiers où une date plus ancienne est écrite",
        "mentions_note": "Ce ne sont pas des enregistrements : des réglages, des chiffres de toute "
        "la ville par semaine, des décisions. À lire si le doute demeure.",
        "raw": "Exports bruts de la ville",
        "raw_note": "Ce logiciel n'efface pas les fichiers de la ville. Il n'en relira plus les "
        "lignes anciennes. À la ville de les effacer.",
        "raw_older": "lignes d'avant",
        "nothing": "rien",
    },
    "en": {
        "title": "What was forgotten",
        "asked": "Asked: to forget what is older than {before}. A panel holds whole weeks: all "
        "that is older than Monday {kept_from} is gone. Done on {done_at}.",
        "proven": "Read again: no record from before {kept_from} is left in the workspace.",
        "unproven": "Records from before {kept_from} are left: see the marked lines.",
        "removed": "What is gone",
        "what": "What",
        "count": "Number",
        "oldest_before": "The oldest",
        "records": "What is left, read again file by file",
        "file": "File",
        "oldest": "Oldest record",
        "none": "no date",
        "models": "Models that are left, and the first week they learnt from",
        "no_models": "No model is left: run train, then promote.",
        "mentions": "Files in which an older date is written",
        "mentions_note": "These are no records: settings, figures of the whole town by week, "
        "decisions. To be read where in doubt.",
        "raw": "The town's raw exports",
        "raw_note": "This software deletes no file of the town. It will not read the old rows "
        "again. To delete them is up to the town.",
        "raw_older": "rows from before",
        "nothing": "nothing",
    },
}

KINDS: dict[str, dict[str, str]] = {
    "fr": {
        "fines": "verbalisations",
        "patrols": "patrouilles",
        "context": "enregistrements de contexte",
        "zones": "secteurs sans plus aucun enregistrement",
        "quarantine": "lignes en quarantaine (leur date n'est pas sûre : toutes)",
        "weeks": "semaines du panel",
        "scores": "semaines de scores",
        "plans": "plans de patrouille",
        "maps": "cartes",
        "publications": "publications",
        "reports": "fichiers de rapports (tous reposaient sur ces données)",
        "runs": "journaux d'exécution",
        "bundles": "modèles",
        "mlflow_runs": "entrées MLflow",
        "raw": "fichiers bruts de l'espace de travail",
    },
    "en": {
        "fines": "fines",
        "patrols": "patrols",
        "context": "context records",
        "zones": "zones without any record left",
        "quarantine": "rows in quarantine (their date is not sure: all of them)",
        "weeks": "weeks of the panel",
        "scores": "weeks of scores",
        "plans": "patrol plans",
        "maps": "maps",
        "publications": "publications",
        "reports": "files of reports (all rested on these data)",
        "runs": "logs of runs",
        "bundles": "models",
        "mlflow_runs": "MLflow entries",
        "raw": "raw files in the workspace",
    },
}


def render(certificate: Mapping[str, Any], town: str, language: str) -> str:
    """The page of a certificate, see pipelines.forget."""
    texts = TEXTS[language]
    days = {name: date(certificate[name][:10], language) for name in ("before", "kept_from")}
    days["done_at"] = date(certificate["done_at"][:10], language)
    said = {name: text.format(**days) if "{" in text else text for name, text in texts.items()}
    template = environment(autoescape=True).get_template("forget.html.j2")
    return template.render(
        t=said,
        town=town,
        language=language,
        kinds=KINDS[language],
        c=certificate,
        day=lambda iso: date(iso, language) if iso else texts["none"],
    )
