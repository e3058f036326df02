"""Log loss of the model and of every baseline on three cities' exports, week by week.

    python benchmarks/cities.py manchester san_francisco philadelphia --exports DIR
        [--folds last|earlier] [--known at_once|as_recorded] [--zones as_written|as_placed]
        [--refit WEEKS] [--scratch DIR] [--set forecast.draw_share=0.2 …] [--estimators a,b]

The figures compare with those of the exports' own README: zones are chosen by hindsight (48, 52 and
17 fines in the whole weeks of the export), every fine counts as known in the week it was issued
(`--known at_once`), all zone-hours of the last four whole weeks are judged, planned one week ahead.
That README takes San Francisco's blocks as they are written, "ST" and "STREET" apart; ingest knows
that they are one street, which makes more and busier zones (`--zones as_placed`).
Tables are made once below `--scratch`. Choose on `--folds earlier`, report `--folds last`.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from infraction_model import cli
from infraction_model.calendars import CalendarParameters
from infraction_model.estimators.baselines import (
    BareMeanParameters,
    ConstantParameters,
    EmpiricalBayesParameters,
)
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.evaluation.backtest import FoldParameters, backtest, table
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, Town
from infraction_model.io.panels import read_panel
from infraction_model.io.tables import read_parquet
from infraction_model.panel import CELL, Panel, build


@dataclass(frozen=True)
class City:
    """An export, the fines a zone must have, the zones that makes, and figures measured before."""

    name: str
    export: str
    least_fines: int
    zones: int
    calendar: CalendarParameters
    empirical_bayes: float
    best: float


CITIES = {
    city.name: city
    for city in (
        City(
            "manchester",
            "manchester_pcn_2021-12_2022-10.csv.gz",
            48,
            447,
            CalendarParameters("GB", "ENG"),
            0.1031,
            0.0981,
        ),
        City(
            "san_francisco",
            "sanfrancisco_citations_2023-01_2023-06.csv.gz",
            52,
            2649,
            CalendarParameters("US", "CA"),
            0.0581,
            0.0530,
        ),
        City(
            "philadelphia",
            "philadelphia_tickets_2013-06_2013-09.parquet",
            17,
            748,
            CalendarParameters("US", "PA"),
            0.1542,
            0.1455,
        ),
    )
}

FOLDS = {"last": 0, "earlier": 4}
"""Which four weeks are judged: how many whole weeks after them are left alone."""


def city_panel(
    city: City, exports: Path, scratch: Path, known: str = "at_once", zones: str = "as_written"
) -> Panel:
    """The panel of a city's zones with enough fines in its whole weeks; all of them official.

    `known` "at_once": every fine known in its own week; "as_recorded": as the export says.
    """
    workspace = scratch / city.name
    _ingest(city, exports, workspace)
    panel = read_panel(workspace / "panel")
    if city.name == "san_francisco" and zones == "as_written":
        panel = _blocks_as_written(exports / city.export, workspace)
    if known == "at_once":
        panel = replace(panel, fines=_known_at_once(panel.fines))
    fines = panel.fines
    whole = (fines["week"] >= panel.first_week) & (fines["week"] < panel.end_week)
    counts = np.bincount(fines["zone"][whole], fines["fines"][whole], minlength=len(panel.zones))
    panel = panel.select(counts >= city.least_fines)
    return replace(panel, zones=panel.zones.assign(official=True))


def _ingest(city: City, exports: Path, workspace: Path) -> None:
    town = [f"data={city.name}", f"workspace={workspace}"]
    # the README counts the rows at exactly midnight too
    settings = [f"data.fines.path={exports / city.export}", "data.fines.midnight_is_unknown=false"]
    commands = [["panel", *town]]
    if not (workspace / "tables" / "fines.parquet").exists():
        commands.insert(0, ["ingest", *town, *settings])
    for command in commands:
        if cli.main(command):
            sys.exit(f"infraction-model {' '.join(command)} failed")


def _known_at_once(fines: pd.DataFrame) -> pd.DataFrame:
    keys = [*CELL, "delay", "category"]
    return fines.assign(delay=0).groupby(keys, sort=True)["fines"].sum().reset_index()


def _blocks_as_written(export: Path, workspace: Path) -> Panel:
    """San Francisco's hundred-blocks by the street as it is written."""
    raw = pd.read_csv(export, dtype=str, usecols=["Citation Number", "Citation Location"])
    text = raw["Citation Location"].str.upper().str.split().str.join(" ")
    parts = text.str.extract(r"^(\d+) (.*)$")
    block = (parts[0].astype(float) // 100 * 100).astype("Int64").astype(str) + " " + parts[1]
    by_id = pd.Series(block.to_numpy(), index=raw["Citation Number"]).dropna()
    fines = read_parquet(workspace / "tables" / "fines.parquet", "ingest")
    fines = fines.assign(zone_id=fines["fine_id"].map(by_id[~by_id.index.duplicated()]))
    fines = fines.dropna(subset="zone_id").reset_index(drop=True)
    names = sorted(fines["zone_id"].unique())
    zones = pd.DataFrame({"zone_id": names, "name": names, "official": False, "geometry": None})
    return build(zones, fines, None)


def run(city: City, panel: Panel, arguments: argparse.Namespace) -> pd.DataFrame:
    """Backtest the model and the baselines; print what came of it, return a row per fold."""
    settings = _settings(arguments.set)
    estimators = {
        "exposure_gbm": ExposureGBMParameters(**settings["estimator"]),
        "empirical_bayes": EmpiricalBayesParameters(),
        "bare_mean": BareMeanParameters(),
        "constant": ConstantParameters(),
    }
    began = time.process_time()
    folds = backtest(
        panel,
        panel.end_week - FOLDS[arguments.folds],
        Town("none", city.calendar),
        {name: estimators[name] for name in arguments.estimators.split(",")},
        FeatureParameters(tuple(arguments.features)) if arguments.features else FeatureParameters(),
        ForecastParameters(**settings["forecast"]),
        FoldParameters(refit_every=arguments.refit),
    )
    rows = table(folds)
    losses = rows.pivot(index="target_week", columns="estimator", values="log_loss")
    losses = losses[arguments.estimators.split(",")]
    losses.loc["mean"] = losses.mean()
    print(
        f"\n{city.name}: {len(panel.zones)} zones (README {city.zones}), folds {arguments.folds}, "
        f"known {arguments.known}, refit every {arguments.refit} weeks, "
        f"{time.process_time() - began:.1f} CPU seconds\n"
        f"README: empirical Bayes {city.empirical_bayes:.4f}, best {city.best:.4f} (last folds)\n"
        + losses.to_string(float_format="{:.5f}".format),
        flush=True,
    )
    return rows


def _settings(overrides: list[str]) -> dict[str, dict]:
    """`group.key=number` overrides of the model's and the forecast's parameters."""
    settings: dict[str, dict] = {"estimator": {}, "forecast": {}}
    for override in overrides:
        key, _, value = override.partition("=")
        group, _, name = key.partition(".")
        number = float(value)
        settings[group][name] = int(number) if number.is_integer() and "." not in value else number
    return settings


def main() -> int:
    """Measure the cities named on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cities", nargs="*", default=list(CITIES), help=f"of {', '.join(CITIES)}")
    parser.add_argument("--exports", type=Path, default=Path("../shared/data"))
    parser.add_argument("--scratch", type=Path, default=Path("data/cities"))
    parser.add_argument("--folds", choices=FOLDS, default="earlier")
    parser.add_argument("--known", choices=("at_once", "as_recorded"), default="at_once")
    parser.add_argument("--zones", choices=("as_written", "as_placed"), default="as_written")
    parser.add_argument("--refit", type=int, default=4, help="weeks from one fit to the next")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--features", nargs="*", help="names; default: those of the product")
    parser.add_argument("--estimators", default="exposure_gbm,empirical_bayes,bare_mean,constant")
    arguments = parser.parse_args()
    for name in arguments.cities:
        city = CITIES[name]
        panel = city_panel(
            city, arguments.exports, arguments.scratch, arguments.known, arguments.zones
        )
        run(city, panel, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
