"""The closed loop as a picture: three figures by week, a line per policy, a band over the seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SMOOTH = 4
"""Weeks of the moving mean shown."""

# Colours that the colour-blind can tell apart (Okabe and Ito, 2008).
LINES = {
    "oracle": ("knows the truth", "#000000", "--"),
    "explore": ("(d) model, 10 % exploring", "#0072B2", "-"),
    "greedy": ("(c) model, greedy", "#56B4E9", "-"),
    "counts_share": ("(b) in proportion to fines", "#E69F00", "-"),
    "counts_top": ("(b) where most fines were", "#D55E00", "-"),
    "habit": ("(a) habit", "#666666", ":"),
}
PANELS = {
    "ratio": "Expected finds per patrol hour, as a share of the oracle's",
    "gini": "Gini coefficient of patrol hours over zones, last 12 weeks",
    "correlation": "Correlation of patrol hours with true rates, last 12 weeks",
}


def picture(runs: pd.DataFrame, path: Path) -> None:
    """Draw runs (policy, seed, week and the figures) as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(3, 1, figsize=(8, 9.5), sharex=True, layout="constrained")
    shown = {policy: line for policy, line in LINES.items() if policy in set(runs["policy"])}
    last = int(runs["week"].max())
    for axis, (name, said) in zip(axes, PANELS.items(), strict=True):
        ends = {}
        for policy, (_, colour, style) in shown.items():
            table = runs[runs["policy"] == policy].pivot(index="week", columns="seed", values=name)
            table = table.rolling(SMOOTH, min_periods=1).mean()
            mean = table.mean(axis=1)
            axis.fill_between(
                table.index, table.min(axis=1), table.max(axis=1), color=colour, alpha=0.13, lw=0
            )
            axis.plot(mean.index, mean, color=colour, ls=style, lw=1.8)
            ends[policy] = float(mean.iloc[-1])
        low, high = axis.get_ylim()
        for policy, place in _apart(ends, 0.075 * (high - low)).items():
            label, colour, _ = shown[policy]
            axis.annotate(
                label,
                (last, ends[policy]),
                (last + 1.5, place),
                va="center",
                fontsize=10,
                annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": colour, "lw": 2.5},
            )
        axis.set_title(said, loc="left", fontsize=11)
        axis.set(xlim=(1, last), ylim=(low, high))
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel(f"weeks in which the policy decides (mean of {SMOOTH} weeks)")
    seeds = runs["seed"].nunique()
    figure.suptitle(
        "Who decides where patrols go, when last week's finds teach next week's plan\n"
        f"lines: mean of {seeds} made towns; bands: from the lowest to the highest of them",
        fontsize=11,
    )
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _apart(ends: dict[str, float], least: float) -> dict[str, float]:
    """Places for labels near the ends of their lines, none nearer to another than `least`."""
    names = sorted(ends, key=ends.get)
    wanted = np.array([ends[name] for name in names])
    places = wanted.copy()
    for _ in range(200):
        gaps = np.diff(places)
        short = np.maximum(least - gaps, 0.0) / 2
        if short.max(initial=0.0) < 1e-9:
            break
        places[:-1] -= short
        places[1:] += short
    return dict(zip(names, places, strict=True))
