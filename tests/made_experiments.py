"""Made contents of result.json: losses by week drawn at random, everything else plain."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraction_model.timegrid import monday

HOURS, FINES = 500.0, 40.0


def result(
    better_by: float = 0.0,
    weeks: int = 10,
    noise: float = 0.002,
    seed: int = 1,
    first_week: int = 2900,
    zones: int = 6,
    **other: Any,
) -> dict[str, Any]:
    """An experiment whose loss per zone-hour is 0.4 less `better_by`, harder in some weeks.

    What is hard about a week is the same for every `seed`; `noise` is each experiment's own.
    """
    hard = np.random.default_rng(0).normal(0.0, 0.05, weeks)
    own = np.random.default_rng(seed).normal(0.0, noise, weeks)
    loss = (0.4 + hard - better_by + own) * HOURS
    sums = {
        str(monday(first_week + number)): {
            "zone_hours": HOURS,
            "hits": 60.0,
            "fines": FINES,
            "loss": float(loss[number]),
            "captured_5%": 12.0 + 100 * better_by,
        }
        for number in range(weeks)
    }
    part = float(loss.sum()) / zones
    made = {
        "format": 1,
        "question": "what if",
        "town": "demo",
        "title": "Saint-Martin",
        "data_fingerprint": "ab" * 8,
        "exposure_basis": "recorded",
        "gap": 1,
        "zones": zones,
        "sums_by_week": sums,
        "loss_by_zone": {f"z{n}": [part, HOURS * weeks / zones] for n in range(zones)},
    }
    return made | other
