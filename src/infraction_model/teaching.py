"""Which zone-hours teach at an origin: the weeks, the zones, the rows and what they weigh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Interval

from infraction_model.asof import completeness, completeness_at
from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.design import Design
from infraction_model.exposure import Basis, checked_rows, is_known
from infraction_model.features.matrix import matrix
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import Snapshot, cell_events, exposed_hours, snapshots
from infraction_model.features.zone_chunks import WHOLE, Chunks
from infraction_model.latent_class.model import LatentClassParameters
from infraction_model.panel import ALWAYS, Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday


@dataclass(frozen=True)
class ForecastParameters:
    """How far ahead, and which past weeks teach.

    `gap`: whole weeks between origin and target week. `warmup_weeks`: history a label week must
    have before it. `least_completeness`: a week teaches once this share of its records has come in.
    `draw_share`: of the zone-hours without a fine, where exposure is not recorded; drawn in
    proportion to the square root of their empirical-Bayes rate; 1 takes them all. `least_drawn`:
    in a town where that would be fewer, about so many are drawn. `seed`: of that draw.
    `max_rows`: in a town where more zone-hours would teach, the latest weeks that hold about so
    many do. `latent_class`: how that model learns, where an estimator asks for it.
    """

    gap: Annotated[int, Ge(0)] = 1
    warmup_weeks: Annotated[int, Ge(1)] = 4
    least_completeness: Annotated[float, Interval(gt=0, le=1)] = 0.5
    draw_share: Annotated[float, Interval(gt=0, le=1)] = 0.1
    least_drawn: Annotated[int, Ge(0)] = 300_000
    seed: int = 1
    max_rows: Annotated[int, Ge(10_000)] = 5_000_000
    latent_class: LatentClassParameters = field(default_factory=LatentClassParameters)


@dataclass(frozen=True)
class Town:
    """What a forecast must know of a town besides its panel.

    `vehicles_per_hour`: how many vehicles checked count as an hour of patrol; None where exposure
    is not by checks.
    """

    basis: Basis
    calendar: CalendarParameters
    min_fines: int = 0
    vehicles_per_hour: float | None = None


def known_panel(panel: Panel, origin: int, town: Town, parameters: ForecastParameters) -> Panel:
    """What was known at an origin, of the zones busy enough then or at an origin that teaches.

    Its zones say from which origin on they are modelled: a row that teaches must look at the town
    as a score at its own origin would have, without the zones that were to become busy. Raises
    NotEnoughDataError where no zone is busy enough at `origin` itself.
    """
    known = panel.seen_through(town.basis, town.vehicles_per_hour).as_of(origin)
    if not known.fines.empty:
        first = min(known.first_week + parameters.warmup_weeks, origin)
        chosen = busy(known, town, range(first, origin + 1))
        if chosen[:, -1].any():
            start = first + chosen.argmax(axis=1)
            # the first origin of all stands for what came before it
            zones = known.zones.assign(modelled_from=np.where(start == first, ALWAYS, start))
            return replace(known, zones=zones).select(chosen.any(axis=1))
    raise NotEnoughDataError(
        f"at origin {monday(origin)} no zone has {town.min_fines} known fines. "
        "Give a later origin or lower data.min_fines."
    )


def busy(known: Panel, town: Town, origins: Sequence[int]) -> np.ndarray:
    """Which zones are busy enough to be modelled at each origin: (zones, origins), bool.

    At the panel's own origin a derived zone needs `min_fines` known fines, at an earlier one the
    share of them that was known by then: to choose the zones of a past week by all that is known
    today would choose them by the labels to be learnt. Without `min_fines` it needs one known fine
    or patrol, before which nobody knew that it exists. The town's own zones always count.
    """
    official = known.zones["official"].to_numpy()[:, None]
    if town.min_fines == 0:
        records = pd.concat([known.fines, known.patrols]).assign(fines=1)
    else:
        records = known.fines
    # the first of the origins at which a record is known
    position = np.searchsorted(origins, records["week"] + records["delay"], side="right")
    counts = np.zeros((len(known.zones), len(origins) + 1))
    np.add.at(counts, (records["zone"], position), records["fines"])
    counts = np.cumsum(counts, axis=1)[:, :-1]
    share = counts.sum(axis=0) / records["fines"].sum()
    return official | (counts >= np.maximum(town.min_fines * share, 1.0))


def learn_design(
    known: Panel,
    origin: int,
    town: Town,
    names: tuple[str, ...],
    parameters: ForecastParameters,
    chunks: Chunks = WHOLE,
) -> Design:
    """The rows that teach at `origin`: exposed past zone-hours, as seen from their own origins."""
    curve = completeness(known.fines, origin)
    weeks = _label_weeks(known, origin, parameters, curve)
    labels = _labels_by_week(known, town.basis)
    parameters = replace(parameters, draw_share=_draw_share(known, weeks, parameters))
    weeks = _latest(weeks, _expected_rows(known, weeks, town, labels, parameters), parameters)
    columns: dict[str, np.ndarray] = {}
    features: dict[str, np.ndarray] = {}
    origins = weeks - parameters.gap
    chosen = busy(known, town, origins).T
    drawn = draw_snapshots(known, town, curve, origins, parameters)
    for snapshot, busy_then in zip(drawn, chosen, strict=True):
        modelled = known.modelled_at(snapshot.origin)
        taught = busy_then & modelled
        share = float(completeness_at(curve, origin - 1 - snapshot.target))
        rows = _rows(known, town, snapshot, taught, labels.get(snapshot.target), parameters)
        values = np.empty((0, len(names)), dtype=np.float32)
        if taught.any():
            position = np.cumsum(modelled) - 1  # of a zone of the panel in the snapshot
            values = matrix(snapshot, names, position[rows["zone"]], rows["hour_of_week"], chunks)
        week = np.full(len(values), snapshot.target, dtype=np.int32)
        _append(columns, {**rows, "exposure": rows["exposure"] * share, "week": week})
        _append(features, dict(zip(names, values.T, strict=True)))
    design = Design(names=names, features=_side_by_side(features), **columns)
    if len(np.unique(design.week)) < 2 or not design.hit.any():
        raise NotEnoughDataError(
            f"at origin {monday(origin)} {design.hit.sum()} of {len(design)} exposed zone-hours "
            f"in {len(np.unique(design.week))} weeks have a fine: too little to learn from. "
            "Give a later origin, or check that patrols and fines name the same zones and hours."
        )
    return design


def draw_snapshots(
    known: Panel,
    town: Town,
    curve: np.ndarray,
    origins: Sequence[int],
    parameters: ForecastParameters,
) -> Iterator[Snapshot]:
    """What was known at each of some origins, as every row of every forecast sees it."""
    return snapshots(
        known, town.basis, town.calendar, curve, origins, parameters.gap, parameters.latent_class
    )


def _append(columns: dict[str, np.ndarray], part: dict[str, np.ndarray]) -> None:
    """Lengthen every column by a part's; in place, so that memory holds each row once."""
    for name, values in part.items():
        column = columns.setdefault(name, np.empty((0, *values.shape[1:]), values.dtype))
        known = len(column)
        # nothing else looks at a column until all parts are in
        column.resize((known + len(values), *values.shape[1:]), refcheck=False)
        column[known:] = values


def _side_by_side(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Columns as one matrix (rows, columns); each is let go once copied.

    It lies in memory column after column, so the first of them are a matrix too, without a copy.
    """
    rows = len(next(iter(columns.values())))
    whole = np.empty((len(columns), rows), dtype=np.float32)
    for position, name in enumerate(list(columns)):
        whole[position] = columns.pop(name)
    return whole.T


def _label_weeks(
    known: Panel, origin: int, parameters: ForecastParameters, curve: np.ndarray
) -> np.ndarray:
    first = known.first_week + parameters.warmup_weeks + parameters.gap
    weeks = np.arange(first, origin)
    weeks = weeks[completeness_at(curve, origin - 1 - weeks) >= parameters.least_completeness]
    if len(weeks) < 2:
        raise NotEnoughDataError(
            f"at origin {monday(origin)} only {len(weeks)} weeks can teach: history begins on "
            f"{monday(known.first_week)}, a label week needs {parameters.warmup_weeks} weeks "
            f"before it and {parameters.least_completeness:.0%} of its records. Give a later one."
        )
    return weeks


def _draw_share(known: Panel, weeks: np.ndarray, parameters: ForecastParameters) -> float:
    """The share of zone-hours drawn, raised where a town has few."""
    cells = len(known.zones) * HOURS_PER_WEEK * len(weeks)
    least = min(parameters.least_drawn, parameters.max_rows // 2)
    return min(1.0, max(parameters.draw_share, least / cells))


def _expected_rows(
    known: Panel,
    weeks: np.ndarray,
    town: Town,
    labels: dict[int, pd.DataFrame],
    parameters: ForecastParameters,
) -> np.ndarray:
    """About how many rows each week has to teach."""
    if is_known(town.basis):
        first, length = int(weeks[0]), int(weeks[-1] - weeks[0]) + 1
        week = known.exposure(town.basis)["week"].to_numpy()
        week = week[(week >= first) & (week < first + length)]
        return np.bincount(week - first, minlength=length)[weeks - first]
    drawn = len(known.zones) * HOURS_PER_WEEK * parameters.draw_share
    return np.array([drawn + len(labels.get(int(week), ())) for week in weeks])


def _latest(weeks: np.ndarray, rows: np.ndarray, parameters: ForecastParameters) -> np.ndarray:
    """The latest weeks that hold at most `max_rows` rows together; two at least."""
    within = np.cumsum(rows[::-1]) <= parameters.max_rows
    return weeks[-max(2, int(within.sum())) :]


def _labels_by_week(known: Panel, basis: Basis) -> dict[int, pd.DataFrame]:
    events = cell_events(known, basis)
    totals = events.groupby(["week", "zone", "hour_of_week"], sort=True)["events"].sum()
    return {int(week): part.reset_index() for week, part in totals.reset_index().groupby("week")}


def _rows(
    known: Panel,
    town: Town,
    snapshot: Snapshot,
    taught: np.ndarray,
    labels: pd.DataFrame | None,
    parameters: ForecastParameters,
) -> dict[str, np.ndarray]:
    """The exposed cells of a snapshot's target week that teach, with label, exposure and weight."""
    shape = (len(known.zones), HOURS_PER_WEEK)
    events = np.zeros(shape)
    if labels is not None:
        events[labels["zone"], labels["hour_of_week"]] = labels["events"]
    hours = exposed_hours(known, town.basis, snapshot.target) * taught[:, None]
    drawn = np.ones(shape)
    if not is_known(town.basis):
        modelled = known.modelled_at(snapshot.origin)
        drawn = _draw_probability(snapshot, modelled, taught, events, parameters.draw_share)
        chance = np.random.default_rng([parameters.seed, snapshot.target]).random(shape)
        zone, hour = np.nonzero((hours > 0) & (chance < drawn))
    else:
        zone, hour = np.nonzero(hours > 0)
    rows = {
        "zone": zone.astype(np.int32),
        "hour_of_week": hour.astype(np.int16),
        "hit": (events[zone, hour] > 0).astype(np.uint8),
        "events": events[zone, hour],
        "exposure": hours[zone, hour],
        "weight": 1.0 / drawn[zone, hour],
    }
    return rows if town.basis != "checks" else _by_vehicle(rows, 1.0 / town.vehicles_per_hour)


def _by_vehicle(rows: dict[str, np.ndarray], unit: float) -> dict[str, np.ndarray]:
    """Zone-hours as binomial trials of their vehicles, each `unit` hours of exposure."""
    row, hit, exposure = checked_rows(rows["events"], rows["exposure"], unit)
    taken = {name: values[row] for name, values in rows.items()}
    return taken | {"hit": hit, "events": hit.astype(float), "exposure": exposure}


def _draw_probability(
    snapshot: Snapshot, modelled: np.ndarray, taught: np.ndarray, events: np.ndarray, share: float
) -> np.ndarray:
    """1 where there is an event; else in proportion to the root of the rate, `share` on average."""
    root = np.ones(events.shape)
    if share == 1.0 or not taught.any():
        return root
    root[modelled] = np.sqrt(FEATURES["eb_rate_13w_s2"](snapshot))
    typical = root[taught].mean()
    return np.where(events > 0, 1.0, np.clip(share * root / typical, 1e-3, 1.0))
