"""The public sheet of the algorithm: what it does, for whom, who decides, how good it is.

Its entries are those of the inventory that Etalab proposes to French administrations (2021), and
the points of article R. 311-3-1-2 of the code des relations entre le public et l'administration;
figures come from the model's card and its backtest. One list of entries makes page and inventory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from infraction_model.exposure import is_known
from infraction_model.reports.backtest_texts import estimator_name
from infraction_model.reports.exposure_texts import EXPOSURE_WORDS
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.templating import environment
from infraction_model.spreadsheets import as_csv, neutral
from infraction_model.wording import by_language, long_date

TEXTS = by_language("algorithm")
CARD_TEXTS = by_language("model_card")

SECTIONS = ("administration", "decision", "impact", "working", "quality", "limits", "rights")
SOURCES = ("fines", "patrols", "context", "payments", "occupancy_events", "counts")
"""The tables whose records an algorithm may have read, in the order of the sheet."""

INPUTS = ("past", "neighbours", "places", "calendar", "context", "occupancy")
"""What a model's inputs may be made from, in the order of the sheet."""

_ARTICLE = {"automation": 1, "data": 2, "parameters": 3, "operations": 4}
"""Entries that answer a point of article R. 311-3-1-2."""


@dataclass(frozen=True)
class SheetParameters:
    """What only the town knows; what is empty is marked on the page as still to be filled in.

    `administration` empty: the town's name. `dpo` is the data protection officer's contact.
    """

    administration: str = ""
    service: str = ""
    contact: str = ""
    dpo: str = ""
    legal_basis: str = ""
    decisions_per_year: str = ""
    resources: str = ""
    source_code: str = ""


@dataclass(frozen=True)
class ModelFigures:
    """What is known of the model: its card, a backtest of such a model, the week's plan.

    `card` as evaluation.model_card gives it, `backtest` the content of backtest.json, `plan` that
    of plan.json; None where there is none. `sources`: the tables that the model reads; `inputs`:
    what of INPUTS its inputs are made from.
    """

    card: Mapping[str, Any] | None
    backtest: Mapping[str, Any] | None
    plan: Mapping[str, Any] | None
    sources: Sequence[str]
    inputs: Sequence[str] = ()


@dataclass(frozen=True)
class Entry:
    """An entry of the sheet: its section, key and label, and what is said, a paragraph each.

    `point` of article R. 311-3-1-2, 0: none. Without text it is still to be filled in.
    """

    section: str
    key: str
    label: str
    text: tuple[str, ...]
    point: int = 0

    @property
    def missing(self) -> bool:
        return not self.text


def entries(
    known: ModelFigures, stated: SheetParameters, town: str, origin: dt.date, language: str
) -> list[Entry]:
    """Every entry of the sheet, in order."""
    text = TEXTS[language]
    said: dict[str, dict[str, Sequence[str]]] = {
        "administration": {
            "name": [stated.administration or town],
            "service": _stated(stated.service),
            "contact": _stated(stated.contact),
            "updated": [long_date(origin, language)],
        },
        "decision": {
            "algorithm": [_algorithm(known, language)],
            "context": [text["context"]],
            "purpose": [_purpose(known, language)],
            "role": [text["role"]],
            "automation": [text["automation"]],
            "legal": _stated(stated.legal_basis),
            "resources": _stated(stated.resources),
        },
        "impact": {
            "decisions": _stated(stated.decisions_per_year),
            "scope": [text["scope"]],
            "public": [text["public"]],
        },
        "working": {
            "data": _data(known, language),
            "kind": [_kind(known, language)],
            "operations": _operations(known, language),
            "parameters": [text["parameters"]],
            "code": _stated(stated.source_code),
        },
        "quality": {"figures": quality(known, language)},
        "limits": {"exposure": _exposure(known, language), "others": _limits(known, language)},
        "rights": {
            "rules": [text["rules"]],
            "persons": [text["persons"]],
            "dpo": _stated(stated.dpo),
            "contest": [text["contest"]],
        },
    }
    return [
        Entry(section, key, text["labels"][key], tuple(said[section][key]), _ARTICLE.get(key, 0))
        for section in SECTIONS
        for key in said[section]
    ]


def _stated(value: str) -> list[str]:
    return [value] if value.strip() else []


def _algorithm(known: ModelFigures, language: str) -> str:
    text = TEXTS[language]
    if known.card is None:
        return text["no_model"]
    return text["algorithm"].format(
        bundle=known.card["bundle"], software=known.card["software"]
    )  # fmt: skip


def _claim(known: ModelFigures, language: str) -> str:
    basis = None if known.card is None else known.card["exposure_basis"]
    sure = basis is None or is_known(basis)
    return CARD_TEXTS[language]["claim_known" if sure else "claim_none"]


def _purpose(known: ModelFigures, language: str) -> str:
    return TEXTS[language]["purpose"].format(claim=_claim(known, language))


def _kind(known: ModelFigures, language: str) -> str:
    text = TEXTS[language]
    if known.card is None:
        return text["kind_unknown"]
    return text["kind"].format(estimator=estimator_name(known.card["estimator"], language))


def _data(known: ModelFigures, language: str) -> list[str]:
    """What is read, from where and how it was collected; how far back the model learnt."""
    text = TEXTS[language]
    said = [text["sources"][name] for name in SOURCES if name in known.sources]
    if known.card is not None:
        data = known.card["data"]
        said.append(
            text["learnt"].format(
                first=date(data["first_label_week"], language),
                last=date(data["last_label_week"], language),
                zones=decimal(data["zones"], 0, language),
                fines=about(data["fines"], language),
            )
        )
    return [*said, text["no_plates"]]


def about(count: float, language: str) -> str:
    """A count to two digits, below 100 only that: open data may withhold it."""
    text = TEXTS[language]
    if count < 100:
        return text["fewer"].format(count=100)
    return text["about"].format(count=decimal(float(f"{count:.2g}"), 0, language))


def _operations(known: ModelFigures, language: str) -> list[str]:
    text = TEXTS[language]
    steps = list(text["steps"])
    if known.card is not None:
        kinds = ", ".join(text["inputs"][kind] for kind in known.inputs)
        count = decimal(len(known.card["inputs"]), 0, language)
        steps[2] = f"{steps[2]} {text['inputs_read'].format(count=count, kinds=kinds)}"
    return [*steps, *_plan(known, language)]


def _plan(known: ModelFigures, language: str) -> list[str]:
    """How many visits the newest plan has, and how many of them are there to learn."""
    text, plan = TEXTS[language], known.plan
    if plan is None or not plan["visits"]:
        return [text["plan_none"]]
    share = plan["by_purpose"]["explore"] / plan["visits"]
    return [
        text["plan" if share else "plan_unexplored"].format(
            visits=decimal(plan["visits"], 0, language), explore=percent(share, 0, language)
        )
    ]


def quality(known: ModelFigures, language: str) -> list[str]:
    """How good it is, in plain sentences: by the backtest, else by the weeks held out."""
    text = TEXTS[language]
    if known.backtest is not None:
        own = known.backtest["intervals"][known.backtest["estimator"]]
        figures = {name: value["value"] for name, value in own.items()}
        source = text["source_backtest"].format(weeks=len(known.backtest["weeks"]))
        judged = known.backtest
    elif known.card is not None:
        held_out = known.card["held_out"]
        figures, judged = held_out, held_out
        source = text["source_held_out"].format(weeks=len(held_out["weeks"]))
    else:
        return [text["quality_none"]]
    said = [
        source,
        text["calibration"].format(
            forecast=percent(figures["mean_probability"], 1, language),
            found=percent(figures["hit_share"], 1, language),
        ),
    ]
    if "capture_top_5%" in figures:
        said.append(
            text["top"].format(
                share=percent(figures["capture_top_5%"], 0, language),
                times=decimal(figures["pai_top_5%"], 1, language),
            )
        )
    return said + _against_simple(judged, language)


def _against_simple(judged: Mapping[str, Any], language: str) -> list[str]:
    """Whether it does better than the best simple method it was compared with."""
    text = TEXTS[language]
    simple = [one for one in judged["comparisons"] if one["baseline"]]
    if not simple:
        return []
    best = min(simple, key=lambda one: one["other_loss"])
    return [
        text["against"][best["verdict"]].format(
            other=estimator_name(best["other"], language),
            own=decimal(best["own_loss"], 3, language),
            theirs=decimal(best["other_loss"], 3, language),
        )
    ]


def _exposure(known: ModelFigures, language: str) -> list[str]:
    """The bias that matters most: records come from where somebody looked."""
    text = TEXTS[language]
    said = [text["bias"]]
    if known.card is not None:
        basis, effort = known.card["exposure_basis"], known.card["effort"]
        said.append(EXPOSURE_WORDS[language][basis].not_identifiable)
        key = f"effort_{effort['counted']}"
        said.append(
            text[key].format(
                half=percent(effort["half"], 0, language),
                never=percent(effort["never"], 0, language),
            )
        )
    return said


def _limits(known: ModelFigures, language: str) -> list[str]:
    names = ["found", "loop", "change"]
    if known.card is not None and is_known(known.card["exposure_basis"]):
        names.insert(1, "never")
    return [CARD_TEXTS[language][f"limit_{name}"] for name in names]


def render(sheet: Sequence[Entry], town: str, language: str) -> str:
    """The sheet as one HTML page that works offline."""
    text = TEXTS[language]
    missing = sum(entry.missing for entry in sheet)
    sections = [
        (text["sections"][name], [entry for entry in sheet if entry.section == name])
        for name in SECTIONS
    ]
    return (
        environment(autoescape=True)
        .get_template("algorithm_sheet.html.j2")
        .render(
            language=language,
            t=text,
            town=town,
            sections=sections,
            missing="" if not missing else text["missing"].format(count=missing),
        )
    )


def inventory_csv(sheet: Sequence[Entry], language: str) -> bytes:
    """The sheet as an inventory: a row per entry."""
    text = TEXTS[language]
    rows = [
        {
            "rubrique": text["sections"][entry.section],
            "information": entry.label,
            "valeur": " ".join(entry.text) or text["to_complete"],
            "a_completer": "oui" if entry.missing else "non",
        }
        for entry in sheet
    ]
    return as_csv(pd.DataFrame(rows).map(neutral), "fr")


def inventory_json(sheet: Sequence[Entry], language: str) -> list[dict[str, Any]]:
    """The sheet as plain values: section, key, label, text (null: to be filled in), point."""
    text = TEXTS[language]
    return [
        {
            "section": text["sections"][entry.section],
            "key": f"{entry.section}.{entry.key}",
            "label": entry.label,
            "text": list(entry.text) or None,
            "point_r_311_3_1_2": entry.point or None,
        }
        for entry in sheet
    ]
