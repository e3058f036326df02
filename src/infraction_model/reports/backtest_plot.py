"""One picture of a backtest: log loss by week, calibration, what the top of the list captures."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infraction_model.evaluation.backtest import Fold, summary, table
from infraction_model.evaluation.metrics import calibration

_COLOURS = ("#0072b2", "#d55e00", "#999999", "#cc79a7", "#009e73")


def draw(folds: Sequence[Fold], title: str) -> bytes:
    """The picture as PNG bytes; estimators keep one colour throughout."""
    estimators = list(dict.fromkeys(fold.estimator for fold in folds))
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(estimators)}
    figure = Figure(figsize=(14, 4.6), layout="constrained")
    by_week, reliability, captured = figure.subplots(1, 3)
    _draw_weeks(by_week, table(folds), colours)
    _draw_calibration(reliability, folds, colours)
    _draw_capture(captured, summary(folds), colours)
    figure.suptitle(title)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _draw_weeks(axes, rows: pd.DataFrame, colours: dict[str, str]) -> None:
    for name, own in rows.groupby("estimator", sort=False):
        axes.plot(own["target_week"], own["log_loss"], "o-", color=colours[name], label=name)
    axes.set(title="Log loss by target week (less is better)", ylabel="nats per zone-hour")
    axes.tick_params(axis="x", rotation=30)
    axes.legend(frameon=False)


def _draw_calibration(axes, folds: Sequence[Fold], colours: dict[str, str]) -> None:
    for name in ("constant", "bare_mean"):
        colours = {key: value for key, value in colours.items() if key != name}
    for name, colour in colours.items():
        own = [fold for fold in folds if fold.estimator == name]
        hit = np.concatenate([fold.outcome.hit[fold.outcome.exposed] for fold in own])
        probability = np.concatenate(
            [
                -np.expm1(-(fold.forecast.rate * fold.outcome.hours)[fold.outcome.exposed])
                for fold in own
            ]
        )
        bins = calibration(hit, probability, bins=12)
        axes.plot(bins["forecast"], bins["observed"], "o-", color=colour, label=name, ms=4)
    limit = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([0, limit], [0, limit], ":", color="black", lw=1)
    axes.set(
        title="Calibration on exposed zone-hours",
        xlabel="forecast probability",
        ylabel="observed share",
    )


def _draw_capture(axes, means: pd.DataFrame, colours: dict[str, str]) -> None:
    shares = ["capture_top_1%", "capture_top_5%", "capture_top_10%"]
    width = 0.8 / len(means)
    for position, (name, row) in enumerate(means.iterrows()):
        axes.bar(np.arange(3) + position * width, row[shares], width, color=colours[name])
    axes.set_xticks(np.arange(3) + 0.4 - width / 2, ["top 1 %", "top 5 %", "top 10 %"])
    axes.set(title="Fines captured by the top of the list", ylabel="share of the week's fines")
