"""The ingest report as one HTML page that works offline: tables, and plots that show holes."""

from __future__ import annotations

import base64
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infraction_model.reports.ingest_texts import TEXTS, phrase
from infraction_model.reports.numbers import date
from infraction_model.reports.pictures import STYLE, new_figure, png
from infraction_model.reports.templating import environment
from infraction_model.wording import day_names, number

_INK = "#1d3557"
_SOFT = "#a8c1dc"
_WARN = "#c8553d"
_MOST_AGENTS = 40


def render(summary: dict[str, Any], language: str) -> str:
    """The report as HTML text in `language` ("fr" or "en"); `summary` is that of ingest.summary."""
    templates = environment(autoescape=True)
    templates.filters["number"] = lambda value: _number(value, language)
    templates.filters["date"] = lambda value: date(value, language)
    templates.filters["phrase"] = lambda value: phrase(str(value), language)
    template = templates.get_template("ingest.html.j2")
    text = TEXTS[language]
    with mpl.rc_context(STYLE):
        plots = _plots(summary, text, language)
    return template.render(s=summary, t=text, language=language, plots=plots)


def _number(value: float, language: str) -> str:
    return number(value, language, 0 if float(value).is_integer() else 1)


def _plots(summary: dict[str, Any], text: dict[str, Any], language: str) -> dict[str, str]:
    plots = {
        "per_day": _per_day(summary["span"]),
        "per_hour": _per_hour(summary["fines_per_hour_of_week"], language),
    }
    if summary["agents"]:
        plots["per_agent"] = _per_agent(summary["agents"]["fines"], text)
    if summary["delay"]:
        plots["delay"] = _delay(summary["delay"], text)
    return plots


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = new_figure(width, height)
    return figure, figure.add_subplot()


def _png(figure: Figure) -> str:
    return base64.b64encode(png(figure)).decode("ascii")


def _per_day(span: dict[str, Any]) -> str:
    """One bar a day; days without any fine are marked below the axis."""
    figure, axes = _figure(11, 2.6)
    days = np.datetime64(span["first_day"]) + np.arange(span["days"])
    counts = np.array(span["fines_per_day"])
    axes.fill_between(days, counts, step="mid", color=_SOFT, linewidth=0)
    axes.step(days, counts, where="mid", color=_INK, linewidth=0.7)
    empty = days[counts == 0]
    axes.plot(empty, np.zeros(len(empty)), "|", color=_WARN, markersize=12, clip_on=False)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    return _png(figure)


def _per_hour(counts: list[int], language: str) -> str:
    figure, axes = _figure(11, 2.6)
    image = axes.imshow(np.reshape(counts, (7, 24)), aspect="auto", cmap="Blues", vmin=0)
    axes.set_yticks(range(7), day_names(language))
    axes.set_xticks(range(0, 24, 2), [f"{hour}h" for hour in range(0, 24, 2)])
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, pad=0.01)
    return _png(figure)


def _per_agent(fines: dict[str, int], text: dict[str, Any]) -> str:
    counts = list(fines.values())[:_MOST_AGENTS]
    figure, axes = _figure(5.4, 2.6)
    axes.bar(range(1, len(counts) + 1), counts, color=_INK)
    axes.set_xlabel(text["agent"])
    return _png(figure)


def _delay(delay: dict[str, Any], text: dict[str, Any]) -> str:
    counts = np.array(delay["fines_by_days"])
    last = int(np.flatnonzero(counts)[-1]) + 1
    figure, axes = _figure(5.4, 2.6)
    axes.bar(range(last), counts[:last], color=_INK, width=1.0)
    more = f" (90: {text['more']})" if last == len(counts) else ""
    axes.set_xlabel(text["days"] + more)
    return _png(figure)
