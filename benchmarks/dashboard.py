"""How large is the page of the state of parking, how soon does it show; are its findings right?

    python benchmarks/dashboard.py [page] [changes] [interval] [--zones 2700] [--towns 16]

`page` makes a town of streets with 104 weeks and opens it in headless Chromium without a GPU: by
the clock, and in milliseconds of CPU of the page's own thread. `changes` watches 104 weeks of made
towns in which nothing changes, and of the same towns with one zone's level changed: false alarms a
year, and how soon the zone is named. `interval` holds the town's weekly mean, estimated from
payments, against the truth, and counts what that estimate falsely names. Nothing is written.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from infraction_model.maps.dashboard.data import Dashboard
from infraction_model.maps.dashboard.html import dashboard_page
from infraction_model.occupancy.changes import ChangeParameters, level_changes, week_kinds
from infraction_model.occupancy.state import (
    Means,
    ParkingState,
    StateParameters,
    charged_hours,
    parking_state,
)
from infraction_model.occupancy.tables import occupancy_table
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import TIMEZONE
from infraction_model.simulation.town import make_parking, simulate_truth
from map_page import MOST_BYTES, MOST_RENDER, QUIET, SHOWN, STEP, Clock, streets
from occupancy import FRANCE, LIMITS, Known, made

WEEKS = 104
SEEDS = (20240101, 7, 11, 3, 5, 1, 2, 4, 21, 22, 23, 24, 25, 26, 27, 28)
WATCHED_FROM = 26
PLANTED = 66
NO_TABLE = pd.DataFrame()


def made_state(count: int) -> ParkingState:
    """A town of that many streets, all known, each with its own week and trend."""
    rng = np.random.default_rng(1)
    hour, peak = np.arange(168) % 24, rng.integers(9, 18, (count, 1))
    level = rng.uniform(0.05, 0.95, (count, 1))
    typical = level * np.exp(-(((hour - peak) / 5) ** 2)) * rng.gamma(30, 1 / 30, (count, 168))
    weekly = level * rng.gamma(100, 1 / 100, (count, WEEKS))
    zones = pd.DataFrame(
        {
            "zone_id": [f"8a1fb46622{number:05d}" for number in range(count)],
            "geometry": [shape.wkb for shape in streets(count)],
            "name": [f"Rue du Général Untel, n° {number}" for number in range(count)],
            "spaces": rng.integers(5, 40, count).astype(float),
            "tariff": "Rouge",
        }
    )
    shares = np.zeros((count, WEEKS, 3))
    shares[:, :, 1] = 1.0
    town = rng.uniform(0.3, 0.5, WEEKS)
    return ParkingState(
        zones,
        np.arange(2800, 2800 + WEEKS),
        np.zeros(WEEKS, dtype=bool),
        np.zeros(WEEKS, dtype=int),
        _spread(weekly),
        _spread(typical),
        _spread(town),
        _spread(town),
        _spread(typical.mean(axis=0)),
        shares,
        zones["spaces"].to_numpy(),
        True,
        WEEKS - 1,
        np.arange(WEEKS - 8, WEEKS),
        pd.DataFrame({"zone": [3], "week": [99], "found": [102], "size": [0.4]}),
    )


def _spread(value: np.ndarray) -> Means:
    rng = np.random.default_rng(2)
    value = np.clip(value, 0, 1)
    off = rng.uniform(0.2, 0.6, value.shape)
    return Means(value, value * (1 - off), np.minimum(value * (1 + off), 1))


def show_page(zones: int) -> None:
    """Print the size of the page, its first picture and a step of the hour."""
    state = made_state(zones)
    board = Dashboard("Saint-Martin", state, StateParameters(), NO_TABLE, NO_TABLE, NO_TABLE)
    text = dashboard_page(board).encode("utf-8")
    print(f"{zones} zones, {WEEKS} weeks: {len(text) / 1e6:.2f} MB (at most {MOST_BYTES / 1e6:g})")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "index.html"
        path.write_bytes(text)
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        clock = Clock(page)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]", timeout=60_000)
        wall, cpu = page.evaluate(SHOWN), clock.now()
        print(f"  first picture: {cpu:.0f} ms CPU, {wall:.0f} ms wall (at most {MOST_RENDER})")
        hours = (np.cumsum(np.random.default_rng(5).integers(40, 128, 40)) % 168).tolist()
        began = clock.now()
        taken = page.evaluate(STEP, hours)
        cpu = (clock.now() - began) / len(hours)
        print(f"  step of the hour: {cpu:.0f} ms CPU, {np.median(taken):.0f} ms wall")
        browser.close()


def cars_of(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Car-hours in paid hours of a town in which nobody changes, tariffs, kinds of weeks."""
    settings = SimulationParameters(
        seed=seed,
        weeks=WEEKS,
        metered_weeks=WEEKS,
        officers=1,
        weekly_drift=0.0,
        regime_share=0.0,
    )
    history = simulate_truth(settings)
    parking = make_parking(history)
    weeks = np.arange(history.first_week, history.first_week + WEEKS)
    paid = charged_hours(weeks, LIMITS, FRANCE)
    usual = float(np.median(paid.sum(axis=1)))
    means = (parking.parked * paid).sum(axis=2) / np.maximum(paid.sum(axis=1), 1)
    tariffs = history.streets["tariff"].to_numpy(dtype=str)[parking.paid]
    return means.astype(float) * usual, tariffs, week_kinds(weeks, FRANCE)


def show_changes(seeds: tuple[int, ...]) -> None:
    """Print false alarms of quiet years and how soon a planted change is named."""
    parameters = ChangeParameters()
    years = len(seeds) * (WEEKS - WATCHED_FROM) / 52
    false, zones, waits = 0, 0, {0.6: [], 0.7: [], 1.4: [], 1.6: []}
    for seed in seeds:
        cars, tariffs, kinds = cars_of(seed)
        zones += len(cars)
        quiet = level_changes(cars, tariffs, kinds, parameters)
        false += int((quiet["found"] >= WATCHED_FROM).sum())
        for factor, found in waits.items():
            for zone in range(0, len(cars), 5):
                changed = cars.copy()
                changed[zone, PLANTED:] *= factor
                named = level_changes(changed, tariffs, kinds, parameters)
                own = named[(named["zone"] == zone) & (named["found"] >= PLANTED)]["found"]
                found.append(own.min() - PLANTED + 1 if len(own) else np.inf)
    print(f"quiet: {false} false alarms in {years:.0f} town-years, {zones / len(seeds):.0f} zones")
    for factor, found in waits.items():
        soon = ", ".join(f"within {w} weeks {np.mean(np.array(found) <= w):.0%}" for w in (3, 5, 8))
        print(f"a zone at {factor - 1:+.0%} ({len(found)} tries): {soon}")


def show_interval(seeds: tuple[int, ...]) -> None:
    """Print how often the truth lies in the town's weekly interval, and what is falsely named."""
    for seed in seeds:
        _, found, _, rate = made(seed, 26, Known("demo", None, 40, 6))
        zones = found.tickets.zones
        state = parking_state(
            occupancy_table(found, TIMEZONE), zones, LIMITS, FRANCE, StateParameters()
        )
        paid = charged_hours(state.weeks, LIMITS, FRANCE)
        truth = (rate * paid).sum(axis=2) / np.maximum(paid.sum(axis=1), 1)
        weight = state.weight
        town, shown = truth.T @ weight / weight.sum(), state.town_charged
        inside = (town >= shown.lower) & (town <= shown.upper)
        zones_inside = (truth >= state.charged.lower) & (truth <= state.charged.upper)
        width = (shown.upper - shown.lower).mean()
        print(
            f"seed {seed}, {len(inside)} weeks: town inside {inside.mean():.0%}, error "
            f"{np.abs(shown.value - town).mean():.3f}, width {width:.3f}; zones inside "
            f"{zones_inside.mean():.0%}; {len(state.changes)} false changes by the estimate"
        )


def main() -> int:
    """Show what was asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("asked", nargs="*", choices=["page", "changes", "interval", []], default=[])
    parser.add_argument("--zones", type=int, default=2_700)
    parser.add_argument("--towns", type=int, default=len(SEEDS))
    arguments = parser.parse_args()
    asked = arguments.asked or ["page", "changes", "interval"]
    seeds = SEEDS[: arguments.towns]
    if "page" in asked:
        show_page(arguments.zones)
    if "changes" in asked:
        show_changes(seeds)
    if "interval" in asked:
        show_interval(seeds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
