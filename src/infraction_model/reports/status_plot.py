"""The picture of how published weeks did: level, captured finds, better than one rate, coverage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter

from infraction_model.reports.numbers import decimal, percent
from infraction_model.reports.pictures import STYLE, new_figure, png
from infraction_model.wording import tree

_BLUE, _RED = "#0072b2", "#d55e00"


def draw(weeks: Sequence[dict[str, Any]], alarmed: Collection[str], language: str) -> bytes:
    """Judged weeks as PNG bytes; `alarmed` are the target weeks that gave an alarm."""
    text = tree("status", language)
    with mpl.rc_context(STYLE):
        figure = new_figure(11.0, 5.6)
        axes = figure.subplots(2, 2)
        _draw_ratio(axes[0, 0], weeks, alarmed, language)
        shares = [("capture", axes[0, 1]), ("gain", axes[1, 0]), ("coverage", axes[1, 1])]
        for name, where in shares:
            _draw_share(where, weeks, name, text[f"plot_{name}"], language)
        axes[1, 1].axhline(0.9, color="black", lw=1, ls=":")
        for where in axes.flat:
            locator = AutoDateLocator(minticks=2, maxticks=7)
            where.xaxis.set_major_locator(locator)
            form = "%d/%m/%y" if language == "fr" else "%Y-%m-%d"
            where.xaxis.set_major_formatter(DateFormatter(form))
            where.tick_params(axis="x", labelsize=8)
        return png(figure)


def _days(weeks: Sequence[dict[str, Any]]) -> np.ndarray:
    return np.array([week["target_week"] for week in weeks], dtype="datetime64[D]")


def _draw_ratio(
    axes: Axes, weeks: Sequence[dict[str, Any]], alarmed: Collection[str], language: str
) -> None:
    """Found over forecast with its band, on a log axis; alarms by mark and word."""
    text, days = tree("status", language), _days(weeks)
    value, lower, upper = (
        np.array([week["ratio"][key] or np.nan for week in weeks], dtype=float)
        for key in ("value", "lower", "upper")
    )
    axes.fill_between(days, lower, upper, color=_BLUE, alpha=0.18, lw=0)
    axes.plot(days, value, "o-", color=_BLUE, ms=4)
    raised = np.isin([week["target_week"] for week in weeks], list(alarmed))
    if raised.any():
        axes.plot(
            days[raised], value[raised], "X", color=_RED, ms=11, label=text["alarm_mark"], zorder=5
        )
        axes.legend(fontsize=8)
    axes.axhline(1.0, color="black", lw=1, ls=":")
    axes.set_yscale("log")
    far = float(np.nanmax(np.abs(np.log(np.concatenate([value, [0.8, 1.25]])))))
    axes.set_ylim(np.exp(-1.25 * far), np.exp(1.25 * far))
    steps = [0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 5.0, 10.0]
    axes.set_yticks([step for step in steps if abs(np.log(step)) <= 1.2 * far])
    axes.yaxis.set_major_formatter(lambda tick, _: decimal(tick, 2, language))
    axes.minorticks_off()
    axes.set_title(text["plot_ratio"])


def _draw_share(
    axes: Axes, weeks: Sequence[dict[str, Any]], name: str, title: str, language: str
) -> None:
    values = [week[name] for week in weeks]
    shares = np.array([np.nan if value is None else value for value in values], dtype=float)
    axes.plot(_days(weeks), shares, "o-", color=_BLUE, ms=4)
    axes.yaxis.set_major_formatter(lambda tick, _: percent(tick, 0, language))
    low, high = np.nanmin(shares, initial=0.9), np.nanmax(shares, initial=0.1)
    if name == "coverage":
        axes.set_ylim(min(low, 0.8) - 0.02, 1.0)
    else:
        axes.set_ylim(min(low, 0.0), max(high, 0.1) * 1.15)
    axes.set_title(title)
