"""Was the plan followed, and what was found where it was: planned visits against patrols.

The grid knows patrols by zone and hour, so a visit counts as made where its zone was patrolled in
one of its hours, or within the tolerance. Where patrols are not known, nothing can be said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from annotated_types import Ge, Interval

from infraction_model.features.snapshot import cell_events, exposed_hours
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday, to_local, week_of

_HOUR = pd.Timedelta(hours=1)

NOT_KNOWN = {
    "fr": "On ne sait pas où les patrouilles sont passées : on ne peut pas dire si le plan a été "
    "suivi.",
    "en": "Where patrols went is not known, so whether the plan was followed cannot be said.",
}
NOTHING = {
    "fr": "Personne n'a patrouillé cette semaine-là, ou les relevés ne sont pas arrivés.",
    "en": "Nobody patrolled that week, or its records have not come in.",
}
CAUTION = {
    "fr": "Le plan envoie là où l'on attend le plus : qu'on y trouve davantage ne dit pas que le "
    "plan en est la cause. Comparez avec ce qui était attendu.",
    "en": "The plan sends patrols where most is expected: that more is found there does not say "
    "that the plan made the difference. Compare with what was expected.",
}


@dataclass(frozen=True)
class AdherenceParameters:
    """When a planned visit counts as made.

    `tolerance_hours`: how many hours before or after its own a patrol of its zone may be.
    `followed`: a plan of which this share of the visits was made was followed.
    """

    tolerance_hours: Annotated[int, Ge(0)] = 1
    followed: Annotated[float, Interval(gt=0, le=1)] = 0.5


def adherence(
    visits: pd.DataFrame,
    panel: Panel,
    origin: int,
    parameters: AdherenceParameters | None = None,
) -> dict[str, Any]:
    """How far one week's planned visits were made, and what was found there and elsewhere.

    `visits` is the contract table of one week, `panel` seen through its exposure; as known at
    `origin`. Keys: docs/monitoring.md. Figures not defined are None.
    """
    parameters = parameters or AdherenceParameters()
    start = to_local(visits["arrive_at"]) if len(visits) else pd.Series(dtype="datetime64[s]")
    target = int(week_of(start).min()) if len(visits) else None
    about = {
        "target_week": None if target is None else str(monday(target)),
        "origin": str(monday(origin)),
        "visits": len(visits),
    }
    if panel.basis == "recorded" and panel.patrols.empty:
        return {**about, "judged": False, "words": NOT_KNOWN}
    known = panel.as_of(origin)
    if target is None or target >= origin:
        return {**about, "judged": False, "words": NOTHING}
    hours = exposed_hours(known, known.basis, target)
    if not hours.any():
        return {**about, "judged": False, "words": NOTHING}
    zone, first, last = _cells(visits, known, target)
    made = _made(hours, zone, first, last, parameters.tolerance_hours)
    planned = np.zeros(hours.shape, bool)
    for z, a, b in zip(zone, first, last, strict=True):
        if z >= 0:
            planned[z, a : b + 1] = True
    fines = _fines(known, target)
    found = _found(hours, fines, planned)
    by_purpose = {
        str(purpose): {"visits": int(own.sum()), "made": float(made[own].mean())}
        for purpose in sorted(visits["purpose"].unique())
        for own in [(visits["purpose"] == purpose).to_numpy()]
    }
    share = float(made.mean())
    return {
        **about,
        "judged": True,
        "made": int(made.sum()),
        "share_made": share,
        "followed": share >= parameters.followed,
        "by_purpose": by_purpose,
        **found,
        "words": _words(share, int(made.sum()), len(visits), found),
        "caution": CAUTION,
    }


def _cells(
    visits: pd.DataFrame, known: Panel, target: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The zone (-1: no longer known) and the first and last hour of week of each visit."""
    zone = pd.Index(known.zones["zone_id"]).get_indexer(visits["zone_id"])
    monday_at = np.datetime64(monday(target), "h")

    def hour(local: pd.Series) -> np.ndarray:
        since = (local.to_numpy().astype("datetime64[h]") - monday_at).astype(np.int64)
        return np.clip(since, 0, HOURS_PER_WEEK - 1)

    arrive, leave = to_local(visits["arrive_at"]), to_local(visits["leave_at"])
    last = hour(leave - pd.Timedelta(microseconds=1))
    first = hour(arrive)
    return zone, first, np.maximum(first, last)


def _made(
    hours: np.ndarray, zone: np.ndarray, first: np.ndarray, last: np.ndarray, tolerance: int
) -> np.ndarray:
    """Whether each visit's zone was patrolled within its hours and the tolerance."""
    looked = np.concatenate([np.zeros((len(hours), 1)), np.cumsum(hours > 0, axis=1)], axis=1)
    begin = np.maximum(first - tolerance, 0)
    end = np.minimum(last + tolerance, HOURS_PER_WEEK - 1) + 1
    return (zone >= 0) & (looked[zone, end] > looked[zone, begin])


def _fines(known: Panel, target: int) -> np.ndarray:
    events = cell_events(known, known.basis)
    events = events[events["week"] == target]
    grid = np.zeros((len(known.zones), HOURS_PER_WEEK))
    np.add.at(grid, (events["zone"], events["hour_of_week"]), events["fines"])
    return grid


def _found(hours: np.ndarray, fines: np.ndarray, planned: np.ndarray) -> dict[str, Any]:
    """Patrol hours and what an hour found, in planned zone-hours and in all others."""
    inside, outside = float(hours[planned].sum()), float(hours[~planned].sum())
    of_plan, of_rest = float(fines[planned].sum()), float(fines[~planned].sum())
    ratio = lower = upper = None
    if inside > 0 and outside > 0 and of_plan > 0 and of_rest > 0:
        ratio = (of_plan / inside) / (of_rest / outside)
        wide = 1.96 * math.sqrt(1 / of_plan + 1 / of_rest)
        lower, upper = ratio * math.exp(-wide), ratio * math.exp(wide)
    return {
        "patrol_hours": inside + outside,
        "planned_hours_share": inside / (inside + outside),
        "found_per_hour_planned": of_plan / inside if inside > 0 else None,
        "found_per_hour_other": of_rest / outside if outside > 0 else None,
        "ratio": {"value": ratio, "lower": lower, "upper": upper},
    }


def _words(share: float, made: int, visits: int, found: dict[str, Any]) -> dict[str, str]:
    planned, other = found["found_per_hour_planned"], found["found_per_hour_other"]
    french = f"{made} visites sur {visits} ont été faites ({100 * share:.0f} %)."
    english = f"{made} of {visits} planned visits were made ({100 * share:.0f} %)."
    if planned is not None and other is not None:
        here, there = f"{planned:.1f}", f"{other:.1f}"
        english += (
            f" An hour of patrol found {here} infractions where and when the plan said, {there} "
            "elsewhere."
        )
        here, there = here.replace(".", ","), there.replace(".", ",")
        french += (
            f" Une heure de patrouille a trouvé {here} infractions aux lieux et heures prévus, "
            f"{there} ailleurs."
        )
    return {"fr": french, "en": english}
