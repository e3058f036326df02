"""The pictures of a backtest: loss by week, calibration with counts, captured fines, groups."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure

from infraction_model.exposure import is_known
from infraction_model.reports.backtest_texts import GROUPS, TEXTS, estimator_name, group_name
from infraction_model.reports.numbers import decimal, percent
from infraction_model.reports.pictures import STYLE, new_figure, png

# Okabe and Ito's colours, told apart by colour-blind readers too.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999", "#56b4e9", "#e69f00")
_FLAT = ("bare_mean", "constant")


def draw(found: dict[str, Any], title: str, language: str) -> bytes:
    """One picture of a backtest's findings as PNG bytes: by week, calibration, captured fines."""
    with mpl.rc_context(STYLE):
        figure = new_figure(14, 5.0)
        grid = figure.add_gridspec(4, 3)
        _draw_weeks(figure.add_subplot(grid[:, 0]), found, language)
        upper = figure.add_subplot(grid[:3, 1])
        _draw_calibration(
            upper, figure.add_subplot(grid[3, 1], sharex=upper), found, language, _shown(found)
        )
        _draw_capture(figure.add_subplot(grid[:, 2]), found, language)
        figure.suptitle(title)
        return png(figure)


def plots(found: dict[str, Any], language: str) -> dict[str, bytes]:
    """The pictures of the report as PNG bytes by name: by_week, calibration, capture, groups."""
    with mpl.rc_context(STYLE):
        made = {name: new_figure(5.4, 3.6) for name in ("by_week", "capture")}
        _draw_weeks(made["by_week"].add_subplot(), found, language)
        _draw_capture(made["capture"].add_subplot(), found, language)
        made["calibration"] = _calibration_pair(found, language)
        made["groups"] = _groups(found, language)
        return {name: png(figure) for name, figure in made.items()}


def _colours(found: dict[str, Any]) -> dict[str, str]:
    return {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(found["means"])}


def _shown(found: dict[str, Any]) -> list[str]:
    """The estimators whose calibration is worth a curve: the model and the best baseline."""
    names = [found["estimator"], found["best_baseline"]]
    return [name for name in dict.fromkeys(names) if name is not None]


def _write_numbers(axis: Axis, language: str) -> None:
    """Numbers along an axis as the language writes them, with as many decimals as they need."""

    def written(value: float, _: int) -> str:
        return decimal(value, max(len(f"{value:.6f}".rstrip("0").partition(".")[2]), 1), language)

    axis.set_major_formatter(written)


def _draw_weeks(axes: Axes, found: dict[str, Any], language: str) -> None:
    text, colours = TEXTS[language], _colours(found)
    for name, colour in colours.items():
        own = [row for row in found["by_week"] if row["estimator"] == name]
        weeks = [np.datetime64(row["target_week"]) for row in own]
        losses = [row["log_loss"] for row in own]
        label = estimator_name(name, language)
        axes.plot(weeks, losses, "o-", color=colour, label=label, ms=4)
    axes.set(title=text["by_week"], ylabel=text["nats"])
    weeks = sorted({np.datetime64(row["target_week"]) for row in found["by_week"]})
    axes.xaxis.set_major_formatter(DateFormatter("%d/%m/%y" if language == "fr" else "%Y-%m-%d"))
    axes.set_xticks(weeks[:: max(1, len(weeks) // 6)])
    axes.tick_params(axis="x", rotation=30)
    _write_numbers(axes.yaxis, language)
    axes.legend(fontsize=8, frameon=True, framealpha=0.85, edgecolor="none")


def _calibration_pair(found: dict[str, Any], language: str) -> Figure:
    """The model beside the best baseline, each with its counts below."""
    names = _shown(found)
    figure = new_figure(5.4 * len(names), 4.4)
    grid = figure.add_gridspec(4, len(names))
    for column, name in enumerate(names):
        upper = figure.add_subplot(grid[:3, column])
        lower = figure.add_subplot(grid[3, column], sharex=upper)
        _draw_calibration(upper, lower, found, language, [name])
    return figure


def _draw_calibration(
    axes: Axes, counts: Axes, found: dict[str, Any], language: str, names: list[str]
) -> None:
    colours = _colours(found)
    curves = {
        estimator_name(name, language): (found["calibration"][name], colours[name])
        for name in names
    }
    draw_reliability(axes, counts, curves, language)


def draw_reliability(
    axes: Axes,
    counts: Axes,
    curves: dict[str, tuple[list[dict[str, float]], str]],
    language: str,
) -> None:
    """Calibration curves (rows of reliability.curve, a colour) by name; zone-hours in `counts`."""
    text, limit = TEXTS[language], 0.0
    for label, (curve, colour) in curves.items():
        x, y, low, high = (
            np.array([point[key] for point in curve])
            for key in ("forecast", "observed", "lower", "upper")
        )
        spread = np.clip([y - low, high - y], 0, None)
        axes.errorbar(x, y, spread, fmt="o-", color=colour, label=label, ms=4, lw=1.2, capsize=2)
        limit = max(limit, x.max(), high.max())
        counts.vlines(x, 0, [point["rows"] for point in curve], color=colour, lw=4, alpha=0.7)
    axes.plot([0, limit], [0, limit], ":", color="black", lw=1)
    axes.set(ylabel=text["observed"], xlim=(0, limit * 1.03), ylim=(0, limit * 1.03))
    axes.tick_params(labelbottom=False)
    axes.legend(fontsize=8, loc="upper left")
    for axis in (axes.yaxis, counts.xaxis):
        _write_numbers(axis, language)
    counts.set(xlabel=text["forecast"], ylabel=text["rows"], ylim=(0, None))


def _draw_capture(axes: Axes, found: dict[str, Any], language: str) -> None:
    text, colours = TEXTS[language], _colours(found)
    shares = np.array(found["capture"]["shares"])
    near = shares <= 0.3 + 1e-9
    for name, colour in colours.items():
        captured = np.array(found["capture"][name])
        label = estimator_name(name, language)
        axes.plot(shares[near], captured[near], color=colour, label=label)
    axes.plot([0, 0.3], [0, 0.3], ":", color="black", lw=1)
    for share in (0.01, 0.05, 0.1):
        axes.axvline(share, color="#bbbbbb", lw=0.8)
    axes.set(title=text["curve"], xlabel=text["curve_x"], ylabel=text["curve_y"], ylim=(0, None))
    _write_numbers(axes.yaxis, language)
    ticks = (0.01, 0.05, 0.1, 0.2, 0.3)
    axes.set_xticks(ticks, [percent(tick, 0, language) for tick in ticks])


def _label(row: dict[str, Any], basis: str, language: str) -> str:
    """The name of a group that can stand alone: a tenth says of what."""
    name = group_name(row["grouping"], row["group"], language)
    if row["grouping"] != "effort":
        return name
    what = GROUPS[language]["effort_short" if is_known(basis) else "effort_short_none"]
    return f"{what}\u00a0: {name}" if language == "fr" else f"{what}: {name}"


def _groups(found: dict[str, Any], language: str) -> Figure:
    """Model minus best baseline in each group, with its interval; left of zero the model wins."""
    rows = [row for row in found["groups"] if np.isfinite(row.get("difference", np.nan))]
    figure = new_figure(11, 0.6 + 0.24 * max(len(rows), 1))
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        sure = row["lower"] > 0 or row["upper"] < 0
        colour = "#9a9a9a" if not sure else ("#0072b2" if row["upper"] < 0 else "#d55e00")
        axes.plot(row["difference"], -place, "o", color=colour, ms=5)
        if np.isfinite(row["lower"]):
            axes.hlines(-place, row["lower"], row["upper"], color=colour)
    labels = [_label(row, found["exposure_basis"], language) for row in rows]
    axes.set_yticks(-np.arange(len(rows)), labels)
    axes.axvline(0, color="black", lw=1)
    points = [row["difference"] for row in rows]
    reach = 4 * max(np.median(np.abs(points)), 1e-6) if points else 1.0
    reach = max(reach, 1.1 * max(np.abs(points), default=0.0))
    axes.set_xlim(-reach, reach)
    axes.set(xlabel=f"{TEXTS[language]['difference']} ({TEXTS[language]['nats']})")
    _write_numbers(axes.xaxis, language)
    axes.margins(y=0.03)
    return figure
