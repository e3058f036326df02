"""How large the planner's page is, how soon it shows, and how long an hour step takes.

    python benchmarks/map_page.py [--zones 2700] [--steps 60]

A made town of streets and one of H3 cells, each with a plan of 4 teams, a mix of 12 categories and
reasons of 2,000 zone-hours, opened in headless Chromium without a GPU. A step goes to a far hour of
the week, where many zones change their colour; by the clock it counts from the moved slider to the
next frame on the screen. Beside it stand the milliseconds of CPU of the page's own thread, which a
busy machine hardly changes; the clock means something on a quiet one only.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import h3
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import Page, sync_playwright

from infraction_model import timegrid
from infraction_model.maps.background import Background, JudgedWeek, Reliability
from infraction_model.maps.page.html import html_page
from infraction_model.maps.routes import WeekPlan, week_plan
from infraction_model.maps.shapes import anchor
from infraction_model.maps.week import MapWeek, map_week

MONDAY = dt.date(2026, 1, 12)
WEEK = timegrid.week_starting(MONDAY)
TIMEZONE = "Europe/Paris"
TEAMS, STOPS, EXPLAINED = 4, 12, 2_000
LON, LAT = 3.29, 49.85
MOST_BYTES, MOST_RENDER, MOST_STEP = 3_000_000, 1_000, 50
FEATURES = (
    "eb_rate_13w_s2",
    "weekday",
    "hour_rate",
    "zone_rate_52w",
    "latent_rate",
    "zone_rate_4w",
)
CATEGORIES = (
    *("unpaid", "overstay", "loading", "pavement", "disabled_bay", "double_parking"),
    *("no_parking", "outside_bay", "permit", "reserved", "cleaning", "dangerous"),
)
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
STEP = """async (hours) => {
  const slider = document.querySelector("[data-part=slider]");
  const taken = [];
  for (const hour of hours) {
    await new Promise((done) => setTimeout(done, 120)); // the lists of the hour before are done
    const began = performance.now();
    slider.value = hour;
    slider.dispatchEvent(new Event("input"));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    taken.push(performance.now() - began);
  }
  return taken;
}"""
SHOWN = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(
  () => done(performance.now()))))"""


def streets(count: int) -> list[shapely.Geometry]:
    """Streets of four points on a grid, about 110 m each."""
    rng = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(count / 2)))
    lines = []
    for number in range(count):
        x, y = LON + 0.0015 * (number // 2 % side), LAT + 0.001 * (number // 2 // side)
        end = (x + 0.0015, y) if number % 2 else (x, y + 0.001)
        inner = np.linspace((x, y), end, 4)[1:3] + rng.normal(0, 5e-5, (2, 2))
        lines.append(shapely.LineString([(x, y), *inner, end]))
    return lines


def cells(count: int) -> list[shapely.Geometry]:
    """H3 cells of resolution 9 around a point."""
    disk = h3.grid_disk(h3.latlng_to_cell(LAT, LON, 9), int(np.ceil(np.sqrt(count / 3))))
    found = sorted(disk)[:count]
    return [shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(cell)]) for cell in found]


def made_week(shapes: list[shapely.Geometry]) -> MapWeek:
    """Rates with a working day and peaks of each zone's own; finds bunch beyond chance."""
    rng = np.random.default_rng(2)
    zones = len(shapes)
    hour, peak = np.arange(168) % 24, rng.integers(8, 19, (zones, 1))
    rate = rng.gamma(0.7, 0.6, (zones, 1)) * np.exp(1.5 * np.cos(2 * np.pi * (hour - peak) / 24))
    rate *= rng.gamma(20.0, 1 / 20, rate.shape)
    mixed = rng.uniform(0.2, 1.0, rate.shape)
    ids = np.array([f"8a1fb46622{number:05d}" for number in range(zones)])
    starts = timegrid.starts_at(WEEK, TIMEZONE)
    known = np.tile((hour >= 7) & (hour < 20), zones)
    scores = pd.DataFrame(
        {
            "zone_id": np.repeat(ids, 168),
            "starts_at": pd.concat([starts] * zones, ignore_index=True),
            "infraction_probability": -np.expm1(-np.log1p(mixed * rate) / mixed).ravel(),
            "expected_infractions": rate.ravel(),
            "lower": (rate * rng.uniform(0.3, 0.8, rate.shape)).ravel(),
            "upper": (rate * rng.uniform(1.3, 3.0, rate.shape)).ravel(),
            "exposure_basis": np.where(known, "recorded", "extrapolated"),
            "model_version": "2026-01-05-stack-0123456789",
            "reasons": "",
        }
    )
    explained = scores["expected_infractions"].where(known).nlargest(EXPLAINED).index
    scores.loc[explained, "reasons"] = [_reason(rng) for _ in explained]
    table = pd.DataFrame(
        {
            "zone_id": ids,
            "geometry": [shape.wkb for shape in shapes],
            "name": [
                f"Rue du Général Untel, n° {number} à {number + 9}" for number in range(zones)
            ],
        }
    )
    return map_week(scores, table, "Saint-Martin", WEEK)


def _reason(rng: np.random.Generator) -> str:
    parts = rng.choice(FEATURES, 3, replace=False)
    return "; ".join(f"{name} {rng.uniform(0.1, 1.5):+.2f}" for name in parts)


def made_background(week: MapWeek) -> Background:
    """Everything the page can hold beside its week."""
    rng = np.random.default_rng(3)
    ids = week.zones["zone_id"]
    mix = rng.dirichlet(np.linspace(4, 0.2, len(CATEGORIES)), len(ids))
    bins = np.linspace(0.02, 0.8, 10)
    curve = {"forecast": bins, "observed": bins, "rows": 500.0}
    return Background(
        plan=made_plan(week, mix),
        days_since_visit=pd.Series(rng.integers(1, 90, len(ids)).astype(float), index=ids),
        mix=pd.DataFrame(mix, index=ids, columns=CATEGORIES),
        trained_on=(dt.date(2023, 1, 2), dt.date(2025, 12, 22)),
        reliability=Reliability(
            pd.DataFrame({**curve, "lower": bins * 0.9, "upper": bins * 1.1}), "published", 8
        ),
        last_week=JudgedWeek(dt.date(2025, 12, 29), 0.7, 0.2),
    )


def made_plan(week: MapWeek, mix: np.ndarray) -> WeekPlan:
    """Two shifts a day of four teams, Monday to Saturday, a dozen stops each."""
    rng = np.random.default_rng(4)
    shifts, rows = [], []
    for day in range(6):
        for team in "ABCD"[:TEAMS]:
            for start in (9, 14):
                shift = f"{team} {day} {start}"
                began = (day * 24 + start) * 3600
                shifts.append(
                    {"shift_id": shift, "team": team, "mode": "foot", "start": began}
                    | {"end": began + 4 * 3600, "break_start": None, "break_seconds": 0}
                    | {"longitude": LON, "latitude": LAT}
                )
                rows += [
                    (shift, place + 1, row, began + 1200 * place)
                    for place, row in enumerate(rng.integers(0, len(week.zones), STOPS))
                ]
    table = pd.DataFrame(rows, columns=["shift_id", "sequence", "row", "second"])
    arrive = pd.Timestamp(MONDAY, tz=TIMEZONE) + pd.to_timedelta(table["second"], unit="s")
    visits = table.assign(
        zone_id=week.zones["zone_id"].to_numpy()[table["row"]],
        arrive_at=arrive,
        leave_at=arrive + pd.Timedelta(minutes=15),
        expected_infractions=rng.gamma(1.0, 0.5, len(table)),
        purpose=rng.choice(["yield", "safety", "explore"], len(table)),
        propensity=1.0,
    )
    lon, lat = np.array([anchor(shape) for shape in week.zones["geometry"]]).T
    zones = week.zones[["zone_id", "name"]].assign(lon=lon, lat=lat)
    about = {"kind": "routes", "shifts": shifts, "target_week": str(MONDAY)}
    return week_plan(visits, zones, about, WEEK, (CATEGORIES, mix))


class Clock:
    """Milliseconds of CPU that the page's own thread has used."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now(self) -> float:
        found = self.session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in found if one["name"] == "TaskDuration")


def measured(page: Page, path: Path, steps: int) -> dict[str, tuple[float, ...]]:
    """Milliseconds of wall (median and 95th percentile of steps) and of CPU, opened and by view."""
    clock = Clock(page)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=true]", timeout=60_000)
    found = {"first render": (page.evaluate(SHOWN), clock.now())}
    rng = np.random.default_rng(5)
    hours = (np.cumsum(rng.integers(40, 128, steps)) % 168).tolist()
    views = {
        "step on the map": [],
        "in the table": ["[data-choice='view=table']"],
        "on a route": ["[data-choice='view=map']", "[data-choice='list=routes']"],
        "of one category": ["[data-choice='list=hour']"],
    }
    for name, clicks in views.items():
        for button in clicks:
            page.click(button)
        if name == "of one category":
            page.select_option("[data-part=category]", "1")
        began = clock.now()
        taken = page.evaluate(STEP, hours)
        cpu = (clock.now() - began) / steps
        found[name] = (statistics.median(taken), float(np.quantile(taken, 0.95)), cpu)
    return found


def main() -> int:
    """Write both pages, open them, print figures and how they stand against the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--zones", type=int, default=2_700)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        for name, shapes in (
            ("streets", streets(arguments.zones)),
            ("cells", cells(arguments.zones)),
        ):
            week = made_week(shapes)
            text = html_page(week, background=made_background(week)).encode("utf-8")
            path = Path(folder) / f"{name}.html"
            path.write_bytes(text)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            figures = measured(page, path, arguments.steps)
            page.close()
            print(f"{len(shapes)} {name}: {len(text) / 1e6:.2f} MB (at most {MOST_BYTES / 1e6:g})")
            wall, cpu = figures.pop("first render")
            print(f"  first render: {cpu:.0f} ms CPU, {wall:.0f} ms wall (at most {MOST_RENDER})")
            for view, (median, late, cpu) in figures.items():
                print(
                    f"  {view:<16}: {cpu:.0f} ms CPU, {median:.0f} ms wall, 95th percentile "
                    f"{late:.0f} (at most {MOST_STEP})",
                    flush=True,
                )
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
