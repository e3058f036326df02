"""Judged weeks as monitoring gives them, made up, for tests of what is done with them."""

from __future__ import annotations

from typing import Any

from infraction_model.timegrid import monday

FIRST = 2820


def judged(number: int, **figures: Any) -> dict[str, Any]:
    """The `number`-th week, judged on the Monday after it; `level`, `zones`, `ranking` as given."""
    chances = {"level": 0.05, "zones": 0.02, "ranking": 0.03}
    charts = {
        name: {"value": float(figures.pop(name, 0.0)), "chance": chance}
        for name, chance in chances.items()
    }
    charts["level"]["season"] = figures.pop("season", None)
    ratio = {"value": 1.02, "lower": 0.93, "upper": 1.12}
    week = {
        "format": 1,
        "target_week": str(monday(FIRST + number)),
        "planned": str(monday(FIRST + number - 1)),
        "origin": str(monday(FIRST + number + 1)),
        "model_version": "stack-1",
        "exposure_basis": "recorded",
        "records_in": 0.93,
        "zones": 12,
        "zones_gone": 0,
        "judged": True,
        "reason": None,
        "zone_hours": 900,
        "patrol_hours": 230.0,
        "zone_hours_hit": 210,
        "fines": 408.0,
        "fines_elsewhere": 0.0,
        "expected": 400.0,
        "ratio": ratio,
        "log_loss": 0.44,
        "log_loss_flat": 0.51,
        "gain": 0.137,
        "calibration_error": 0.021,
        "calibration_error_by_chance": 0.024,
        "calibration": [],
        "capture": 0.24,
        "precision": 0.7,
        "of_best_possible": 0.5,
        "hit_share": 0.233,
        "yield": 3.1,
        "yield_all": 1.8,
        "coverage": 0.9,
        "zone_classes": [
            {
                "zone_class": "high",
                "zone_hours": 300,
                "fines": 200.0,
                "hits": 100,
                "hits_expected": 98.0,
                "ratio": 1.02,
                "log_loss": 0.5,
                "log_loss_flat": 0.6,
            }
        ],
        "charts": charts,
    }
    return week | figures


def not_judged(number: int, reason: str = "no_patrol") -> dict[str, Any]:
    """The `number`-th week, which could not be judged."""
    about = ("format", "target_week", "planned", "origin", "model_version", "exposure_basis")
    week = judged(number)
    return {
        **{key: week[key] for key in (*about, "records_in", "zones", "zones_gone")},
        "judged": False,
        "reason": reason,
    }
