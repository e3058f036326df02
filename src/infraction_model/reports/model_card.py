"""The model card as one HTML page that works offline, as Markdown, and its picture."""

from __future__ import annotations

import base64
from typing import Any

import matplotlib as mpl
import numpy as np

from infraction_model.exposure import is_known
from infraction_model.reports.backtest_plot import draw_reliability
from infraction_model.reports.backtest_report import shown
from infraction_model.reports.backtest_texts import estimator_name
from infraction_model.reports.backtest_words import verdict, weakest
from infraction_model.reports.exposure_texts import EXPOSURE_WORDS
from infraction_model.reports.markdown import plain
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.pictures import STYLE, new_figure, png
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language

FIGURES = by_language("figures")
TEXTS = by_language("model_card")


def render(card: dict[str, Any], language: str) -> str:
    """The card as HTML text in `language` ("fr" or "en"); `card` is evaluation.model_card's."""
    picture = base64.b64encode(draw(card, language)).decode("ascii")
    template = environment(autoescape=True).get_template("model_card.html.j2")
    return template.render(**_content(card, language), picture=picture)


def render_markdown(card: dict[str, Any], language: str) -> str:
    """The same card as Markdown; its picture is model_card.png beside it."""
    content = _content(card, language)
    content["town"] = plain(content["town"])
    content["most"] = [(plain(zone), share) for zone, share in content["most"]]
    return environment(autoescape=False).get_template("model_card.md.j2").render(**content)


def draw(card: dict[str, Any], language: str) -> bytes:
    """Calibration on the held-out weeks, and how unequally effort falls, as PNG bytes."""
    text, held_out = TEXTS[language], card["held_out"]
    with mpl.rc_context(STYLE):
        figure = new_figure(10.5, 4.0)
        grid = figure.add_gridspec(4, 2)
        upper = figure.add_subplot(grid[:3, 0])
        lower = figure.add_subplot(grid[3, 0], sharex=upper)
        name = estimator_name(card["estimator"], language)
        draw_reliability(upper, lower, {name: (held_out["calibration"], "#0072b2")}, language)
        upper.set_title(text["held_out"])
        lorenz = figure.add_subplot(grid[:, 1])
        tenths = np.arange(11) / 10
        lorenz.plot(tenths, card["effort"]["lorenz"], "o-", color="#d55e00", ms=4)
        lorenz.plot([0, 1], [0, 1], ":", color="black", lw=1)
        lorenz.set(title=text["lorenz"], xlabel=text["lorenz_x"], ylabel=text["lorenz_y"])
        return png(figure)


def _content(card: dict[str, Any], language: str) -> dict[str, Any]:
    text = TEXTS[language]
    basis = card["exposure_basis"]
    known = is_known(basis)
    limits = ["found", *(["never"] if known else []), "loop", "change"]
    return {
        "t": text,
        "exposure": EXPOSURE_WORDS[language][basis],
        "language": language,
        "town": card["town"],
        "what": text["what_text"].format(
            estimator=estimator_name(card["estimator"], language),
            claim=text["claim_known" if known else "claim_none"],
            gap=card["gap"],
        ),
        "facts": [
            (text["town"], card["town"]),
            (text["bundle"], card["bundle"]),
            (text["origin"], date(card["origin"], language)),
            (text["software"], card["software"]),
        ],
        "data": _data(card, language),
        "held_out": _held_out(card["held_out"], language),
        "verdicts": [
            verdict(one, card["estimator"], language) for one in card["held_out"]["comparisons"]
        ],
        "backtest": _backtest(card, language),
        "weak_note": text["weak_note"].format(
            source=text["source_backtest" if card["backtest"] else "source_held_out"]
        ),
        "weak": _weak(card, language),
        "effort": _effort(card["effort"], language),
        "most": [
            (one["name"], percent(one["share"], 1, language)) for one in card["effort"]["most"]
        ],
        "limits": [text[f"limit_{name}"] for name in limits],
        "inputs": card["inputs"],
        "settings": [
            (key, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
            for key, value in card["settings"].items()
        ],
    }


def _data(card: dict[str, Any], language: str) -> str:
    text, data = TEXTS[language], card["data"]
    return text["data_text"].format(
        first=date(data["first_label_week"], language),
        last=date(data["last_label_week"], language),
        rows=decimal(data["rows"], 0, language),
        zones=decimal(data["zones"], 0, language),
        fines=decimal(data["fines"], 0, language),
        basis=text[f"basis_{card['exposure_basis']}"],
    )


def _held_out(held_out: dict[str, Any], language: str) -> str:
    return TEXTS[language]["held_out_text"].format(
        weeks=len(held_out["weeks"]),
        zone_hours=decimal(held_out["zone_hours"], 0, language),
        loss=decimal(held_out["log_loss"], 4, language),
        forecast=percent(held_out["mean_probability"], 2, language),
        found=percent(held_out["hit_share"], 2, language),
        error=percent(held_out["calibration_error"], 2, language),
        chance=percent(held_out["calibration_error_by_chance"], 2, language),
    )


def _backtest(card: dict[str, Any], language: str) -> dict[str, Any] | None:
    found = card["backtest"]
    if found is None:
        return None
    rows = []
    for figure, known in found["figures"].items():
        ends = [known["lower"], known["upper"]]
        interval = ""
        if all(end is not None and np.isfinite(end) for end in ends):
            interval = " – ".join(shown(figure, end, language) for end in ends)
        value = shown(figure, known["value"], language)
        rows.append((FIGURES[language][figure], value, interval))
    return {"rows": rows, "sentences": found["in_words"][language]}


def _weak(card: dict[str, Any], language: str) -> list[str]:
    """The weakest groups, by the backtest where there is one."""
    source = card["backtest"] or card["held_out"]
    comparisons = source["comparisons"]
    other = source.get("best_baseline") or (comparisons[0]["other"] if comparisons else None)
    return weakest({"groups": source["groups"], "best_baseline": other}, language, most=5)


def _effort(effort: dict[str, Any], language: str) -> str:
    return TEXTS[language][f"effort_{effort['counted']}"].format(
        gini=decimal(effort["gini"], 2, language),
        half=percent(effort["half"], 0, language),
        never=percent(effort["never"], 0, language),
    )
