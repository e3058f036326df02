"""How well is occupancy known from payments, by how much is known besides; are alarms right?

Run from the top of the repository: `python benchmarks/occupancy.py [known] [alarms] [seeds=N]`.
`known` estimates 26 weeks of made towns, each week with what was known at its end, against the
truth: mean absolute error and coverage in zones without sensors, and over all zones. `alarms`
watches 78 weeks of towns in which nobody changes, and of towns in which 30 % of the payers of 30 %
of the zones lapse half-way. Nothing is written.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.compliance import watch
from infraction_model.occupancy.faults import FaultParameters
from infraction_model.occupancy.meters import silence_table
from infraction_model.occupancy.payments import (
    Estimate,
    PaymentParameters,
    estimate,
    tickets_and_stays,
)
from infraction_model.occupancy.sensors import sense
from infraction_model.occupancy.tickets import read_tickets
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.occupancy.truth import Truth, gather_truth
from infraction_model.pipelines.occupancy import school_weeks
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables, parking_tables
from infraction_model.simulation.town import make_parking, simulate_truth
from infraction_model.timegrid import monday

FRANCE = CalendarParameters("FR", None, "B")
LIMITS = LimitHours()
SEEDS = (20240101, 7, 11)


@dataclass(frozen=True)
class Known:
    """What is known besides payments: zones with sensors (every n-th), counts and where."""

    name: str
    sensed: int | None
    counts: int
    walked: int


LAYOUTS = (
    Known("as in the demo: 4 central zones, 40 counts", None, 40, 6),
    Known("4 zones spread, 40 counts", 8, 40, 6),
    Known("8 zones spread, 40 counts", 4, 40, 6),
    Known("a third of the zones, 40 counts", 3, 40, 6),
    Known("half of the zones, no count", 2, 0, 6),
    Known("no sensor, 400 counts", 0, 400, 30),
)


def made(seed: int, weeks: int, known: Known, lapse: float = 0.0):
    """A made town: its parking, the estimate, and what was known of the truth."""
    settings = SimulationParameters(
        seed=seed, metered_weeks=weeks, walked_counts=known.counts, lapse_share=lapse
    )
    history = simulate_truth(settings)
    places = np.arange(int(history.streets["paid"].sum()))
    sensed = None
    if known.sensed is not None:
        sensed = places[known.sensed // 2 :: known.sensed] if known.sensed else places[:0]
    walked = None
    if sensed is not None and known.counts:
        walked = np.setdiff1d(places, sensed)
        walked = walked[:: max(1, len(walked) // known.walked)][: known.walked]
    parking = make_parking(history, sensed=sensed, walked=walked)
    tables = parking_tables(history, parking)
    zones = contract_tables(history).zones
    end = history.first_week + settings.weeks
    tickets = read_tickets(tables.payments, zones, end, LIMITS.closing())
    until = pd.Timestamp(monday(end), tz="Europe/Paris")
    seen = None
    if len(tables.occupancy_events):
        seen = sense(tables.occupancy_events, until, FaultParameters())
    truth = gather_truth(tickets.zones, tickets.first_week, tickets.weeks, seen, tables.counts)
    found = estimate(tickets, truth, LIMITS, FRANCE, PaymentParameters())
    rate = parking.parked / zones["spaces"].to_numpy()[parking.paid][:, None, None]
    return parking, found, truth, rate.astype(float)


def charged() -> np.ndarray:
    """Mask of the paid hours of a week."""
    return (
        np.isin(np.arange(7), LIMITS.days)[:, None] & (LIMITS.share_of_hours() > 0.5)[None, :]
    ).ravel()


def figures(found: Estimate, truth: Truth, rate: np.ndarray) -> dict[str, float]:
    """Errors and coverage of one town."""
    unseen = ~np.isfinite(truth.sampled).any(axis=(1, 2))
    paid = charged()
    off, naive = np.abs(found.occupancy - rate), np.abs(found.paid - rate)
    inside = (rate >= found.lower - 1e-6) & (rate <= found.upper + 1e-6)
    return {
        "sensed": float((~unseen).sum()),
        "mae": off[unseen].mean(),
        "mae_paid": off[unseen][:, :, paid].mean(),
        "naive": naive[unseen].mean(),
        "naive_paid": naive[unseen][:, :, paid].mean(),
        "bias": (found.occupancy - rate)[unseen].mean(),
        "cover": inside[unseen].mean(),
        "cover_paid": inside[unseen][:, :, paid].mean(),
        "width": (found.upper - found.lower)[unseen].mean(),
        "mae_town": off.mean(),
        "cover_town": inside.mean(),
    }


def show_known(seeds: tuple[int, ...]) -> None:
    """Print a row per layout, the mean over the seeds."""
    for known in LAYOUTS:
        rows = []
        for seed in seeds:
            _, found, truth, rate = made(seed, 26, known)
            rows.append(figures(found, truth, rate))
        mean = pd.DataFrame(rows).mean()
        print(f"{known.name}:", ", ".join(f"{name} {value:.3f}" for name, value in mean.items()))
        sys.stdout.flush()


def show_alarms(seeds: tuple[int, ...]) -> None:
    """Print, per town, false alarms in quiet weeks and how soon a lapse was found."""
    known = Known("demo", None, 40, 6)
    for seed in seeds:
        for lapse in (0.0, 0.3):
            parking, found, truth, _ = made(seed, 78, known, lapse)
            alarms = watched(found, truth)
            lapsed = np.isin(
                np.arange(len(parking.paid)), np.searchsorted(parking.paid, parking.lapsed)
            )
            start = parking.lapse_week - parking.since
            true = alarms[lapsed[alarms["zone"].to_numpy(dtype=int)] & (alarms["found"] >= start)]
            silent = silence_table(found.tickets, found.silence)
            line = (
                f"seed {seed}, {lapse:.0%} lapse: {len(alarms) - len(true)} false alarms in 78 "
                f"weeks of {len(lapsed)} zones; silences {silent['zone_id'].nunique()} zone(s), "
                f"{len(silent)} rows"
            )
            if lapse:
                first = true.groupby("zone").first()
                soon = (first["found"] - start < 3).sum()
                line += (
                    f"; first alarm after {int(true['found'].min() - start) + 1} weeks, "
                    f"{soon} of {lapsed.sum()} zones within 3, {len(first)} in all, "
                    f"median size {first['size'].median():+.2f}"
                )
            print(line)
            sys.stdout.flush()


def watched(found: Estimate, truth: Truth) -> pd.DataFrame:
    """The alarms of a town."""
    tickets = found.tickets
    bought, stays = tickets_and_stays(found, truth, LIMITS)
    tariffs = tickets.zones["tariff"].to_numpy(dtype=str)
    return watch(bought, stays, tariffs, school_weeks(tickets, FRANCE), PaymentParameters().watch)


if __name__ == "__main__":
    given = dict(one.split("=") for one in sys.argv[1:] if "=" in one)
    asked = [one for one in sys.argv[1:] if "=" not in one] or ["known", "alarms"]
    chosen = SEEDS[: int(given.get("seeds", len(SEEDS)))]
    if "known" in asked:
        show_known(chosen)
    if "alarms" in asked:
        show_alarms(chosen)
