"""The pictures of the report on what recurs, as PNG bytes."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, NullFormatter

from infraction_model.exposure import is_known
from infraction_model.factors.analysis import Factors
from infraction_model.reports.factors_texts import TEXTS, level_name
from infraction_model.reports.factors_words import factor_name
from infraction_model.reports.numbers import decimal, percent
from infraction_model.reports.pictures import STYLE, new_figure, png
from infraction_model.wording import day_names

SHOWN_ZONES = 25

_INK, _RAW, _WARN = "#1d3557", "#8a8a8a", "#c8553d"
_HATCH = {"hatch.color": "#b0b0b0", "hatch.linewidth": 0.6}
_PANELS = (("weekday",), ("hour",), ("month",))
_FAR_TICKS, _NEAR_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 2, 5, 10), (0.6, 0.8, 1.2, 1.5)
_LONGEST_NAME = 44


def plots(factors: Factors, language: str) -> dict[str, bytes]:
    """Pictures by name: week, factors, zones."""
    with mpl.rc_context(STYLE | _HATCH):
        return {
            "week": _week(factors, language),
            "factors": _factors(factors, language),
            "zones": _zones(factors, language),
        }


def _week(factors: Factors, language: str) -> bytes:
    """The rate at each hour of the week and, where known, the hours looked at beside it."""
    text = TEXTS[language]
    known = is_known(factors.basis)
    figure = new_figure(12.5 if known else 8.5, 3.1)
    axes = np.atleast_1d(figure.subplots(1, 2 if known else 1, sharey=True))
    looked = factors.week_hours > 0
    titles = [text[f"week_rate_{factors.basis}"]]
    values, colours = [factors.week_rate], ["YlOrRd"]
    if known:
        titles.append(text[f"week_hours_{factors.basis}"])
        values.append(factors.week_hours)
        colours.append("Blues")
    for panel, title, grid, colour in zip(axes, titles, values, colours, strict=True):
        _heat(figure, panel, np.where(looked, grid, np.nan), colour)
        panel.set_title(title, fontsize=9, loc="left")
        panel.set_yticks(range(7), day_names(language))
        panel.set_xticks(range(0, 24, 2), [str(hour) for hour in range(0, 24, 2)])
    return png(figure)


def _heat(figure: Figure, axes: Axes, grid: np.ndarray, colour: str) -> None:
    """A heat map; cells without a value show the hatched ground, never the colour of a low one."""
    axes.set_facecolor("#f2f2f2")
    axes.patch.set_hatch("////")
    axes.grid(visible=False)
    image = axes.imshow(np.ma.masked_invalid(grid), aspect="auto", cmap=colour, vmin=0)
    figure.colorbar(image, ax=axes, pad=0.01, aspect=30)


def _factors(factors: Factors, language: str) -> bytes:
    """Rate ratios with their intervals on a common logarithmic scale, a panel for each factor."""
    text, table = TEXTS[language], factors.table
    rows = table[(table["remark"] == "") & (table["level"] != "no") & (table["level"] != "dry")]
    listed = {name for panel in _PANELS for name in panel}
    others = tuple(name for name in rows["factor"].unique() if name not in listed)
    panels = [(names, rows[rows["factor"].isin(names)]) for names in (*_PANELS, others)]
    panels = [(names, part) for names, part in panels if len(part)]
    figure = new_figure(13, 4.6)
    for axes, (names, part) in zip(
        np.atleast_1d(figure.subplots(1, max(1, len(panels)))), panels, strict=False
    ):
        _ratios(axes, part, names is others or len(names) > 1, language)
        single = len(names) == 1 and names is not others
        title = factor_name(names[0], language) if single else text["circumstances"]
        axes.set_title(title, fontsize=10, loc="left")
    return png(figure)


def _ratios(axes: Axes, rows: pd.DataFrame, name_factor: bool, language: str) -> None:
    place = np.arange(len(rows))[::-1]
    ratio, lower, upper = (rows[name].to_numpy() for name in ("rate_ratio", "lower", "upper"))
    sure = (lower > 1) | (upper < 1)
    for chosen, colour in ((sure, _INK), (~sure, _RAW)):
        axes.hlines(place[chosen], lower[chosen], upper[chosen], color=colour, linewidth=1.6)
        axes.plot(ratio[chosen], place[chosen], "o", color=colour, markersize=4)
    axes.axvline(1.0, color=_WARN, linewidth=1, linestyle="--")
    axes.set_xscale("log")
    axes.set_yticks(place, [_label(row, name_factor, language) for row in rows.itertuples()])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    least, most = min(lower.min(), 1.0), max(upper.max(), 1.0)
    ticks = _NEAR_TICKS if most < 2.5 * least else _FAR_TICKS
    axes.set_xticks([*(value for value in ticks if least <= value <= most), 1.0])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, language)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _short(value: float, language: str) -> str:
    """A tick's figure, without trailing zeros."""
    digits = len(f"{value:.4g}".partition(".")[2])
    return decimal(value, digits, language)


def _label(row, name_factor: bool, language: str) -> str:
    level = level_name(row.factor, row.level, language)
    if not name_factor:
        return level
    name = factor_name(row.factor, language)
    if row.level == "yes":
        return name
    return level if row.factor in ("rain", "temperature") else f"{name} {level}"


def _zones(factors: Factors, language: str) -> bytes:
    """The first zones: the rate kept with its interval, and the raw rate beside it."""
    text = TEXTS[language]
    zones = factors.zones.head(SHOWN_ZONES)
    place = np.arange(len(zones))[::-1]
    interval = percent(factors.interval, 0, language)
    figure = new_figure(11, 1.2 + 0.22 * len(zones))
    axes = figure.add_subplot()
    axes.hlines(place, zones["lower"], zones["upper"], color=_INK, linewidth=2)
    axes.plot(zones["rate"], place, "o", color=_INK, label=text["pooled"].format(interval=interval))
    axes.plot(zones["raw_rate"], place, "o", color=_RAW, mfc="none", label=text["raw"])
    axes.set_yticks(place, [drawable(name) for name in zones["name"]], parse_math=False)
    axes.set_ylim(-0.7, len(zones) - 0.3)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, language)))
    axes.axvline(factors.zones["rate"].mean(), color=_WARN, linewidth=1, linestyle="--")
    axes.legend(loc="lower right", frameon=False)
    title = text[f"zones_plot_{factors.basis}"].format(count=len(zones))
    axes.set_title(title, fontsize=10, loc="left")
    return png(figure)


@cache
def _drawn_signs() -> frozenset[int]:
    return frozenset(get_font(findfont(STYLE["font.family"])).get_charmap())


def drawable(name: str) -> str:
    """A town's name as the font of the pictures can draw it: one line, not too long."""
    line = " ".join(name.split())
    line = "".join(sign if ord(sign) in _drawn_signs() else "□" for sign in line)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"
