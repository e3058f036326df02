"""The certificate of a forgetting as one HTML page that works offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infraction_model.reports.numbers import date
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language

TEXTS = by_language("forget")

KINDS: dict[str, dict[str, str]] = {
    "fr": {
        "fines": "verbalisations",
        "patrols": "patrouilles",
        "context": "enregistrements de contexte",
        "payments": "paiements",
        "occupancy_events": "stationnements vus par des capteurs",
        "counts": "comptages",
        "occupancy": "fichiers d'occupation (tous reposaient sur ces données)",
        "live": "fichiers des alertes en direct (leur service repart de zéro)",
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
        "payments": "payments",
        "occupancy_events": "stays seen by sensors",
        "counts": "counts",
        "occupancy": "occupancy files (all rested on these data)",
        "live": "files of the live alerts (their service begins afresh)",
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
