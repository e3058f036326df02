"""Tables -> the grid: every fine by issue week and delay, every patrolled hour, per zone and hour.

The panel is kept sparse (non-zero counts and exposed hours); whoever computes on it makes dense
(zone, 168) arrays week by week.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import shapely

from infraction_model.asof import known_before
from infraction_model.errors import ContractError, NotEnoughDataError
from infraction_model.exposure import (
    Basis,
    PresenceParameters,
    Presences,
    is_known,
    patrol_hours,
    presences,
)
from infraction_model.schema import CONTEXT_KINDS
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, to_local, week_of

ALWAYS, FOREVER = np.iinfo(np.int32).min, np.iinfo(np.int32).max
"""The begin and the end of a context record that has none."""

WHOLE_TOWN = -1
"""The zone of a context record that is about no zone in particular."""

CELL = ["zone", "week", "hour_of_week"]
_EXPOSURE = {"zone": np.int32, "week": np.int32, "hour_of_week": np.int16, "delay": np.int16}
ZONE_ATTRIBUTES = ["spaces", "max_stay_minutes", "lon", "lat"]


def no_presences() -> Presences:
    """The presences of a town whose fines name no agents."""
    cells = {name: pd.Series(dtype=kind) for name, kind in _EXPOSURE.items()}
    counts = {"category": pd.Series(dtype="int16"), "fines": pd.Series(dtype="int32")}
    return Presences(
        hours=pd.DataFrame({**cells, "hours": pd.Series(dtype="float64")}),
        finds=pd.DataFrame({**cells, **counts}),
    )


def no_context() -> pd.DataFrame:
    """The context of a town that has none: the columns of Panel.context, no rows."""
    whole = dict.fromkeys(("zone", "begin", "end", "known_hour"), "int32")
    return pd.DataFrame({"kind": pd.Series(dtype="str")}).assign(
        **{name: pd.Series(dtype=kind) for name, kind in whole.items()},
        value=pd.Series(dtype="float64"),
    )


@dataclass(frozen=True)
class Panel:
    """Counts and exposure on the (zone, week, hour_of_week) grid, with what became known when.

    `zones`: one row per zone in zone_id order: zone_id, name, official, spaces, max_stay_minutes,
    lon, lat; and modelled_from where zones come in one by one (see modelled_at). `fines`: zone (row
    of `zones`), week, hour_of_week, delay (weeks), category (position in `categories`), fines
    (count), sorted. `patrols`, the exposure: zone, week, hour_of_week,
    delay (weeks), hours, vehicles (checked; 0 where not counted), sorted; empty without a log. A
    patrol of a log counts as known once its week is over. `presences`, read from agents' fines:
    hours and what was found in them (see exposure.Presences). `basis`: what `patrols` holds, see
    seen_through; the hours of one zone-hour may lie in several rows, and are to be added up.
    `context`: kind, zone (WHOLE_TOWN: no zone in particular), begin and end (hours of the local
    clock since week 0, the end not included; ALWAYS and FOREVER where there is none), known_hour
    (the hour in which it became known), value, sorted by kind and known_hour.
    """

    timezone: str
    zones: pd.DataFrame
    categories: tuple[str, ...]
    fines: pd.DataFrame
    patrols: pd.DataFrame
    context: pd.DataFrame = field(default_factory=no_context)
    presences: Presences = field(default_factory=no_presences)
    basis: Basis = "recorded"

    @property
    def first_week(self) -> int:
        """The first whole week: the first one that does not begin before the first record's day."""
        records = self._records()
        first = records[records["week"] == self._span(records)[0]]
        begins_on_monday = first["hour_of_week"].min() < 24
        return int(first["week"].iloc[0]) + (0 if begins_on_monday else 1)

    @property
    def end_week(self) -> int:
        """The week after the last whole week, the natural origin.

        The last week is whole when it has records on its last usual day, the latest day of the week
        that holds at least 2 % of all fines (a town may never patrol on a Sunday).
        """
        by_day = np.bincount(
            self.fines["hour_of_week"] // 24, self.fines["fines"], minlength=7
        ) / max(self.fines["fines"].sum(), 1)
        last_usual_day = int(np.flatnonzero(by_day >= 0.02).max(initial=0))
        records = self._records()
        last = records[records["week"] == self._span(records)[1]]
        whole = last["hour_of_week"].max() // 24 >= last_usual_day
        return int(last["week"].iloc[0]) + (1 if whole else 0)

    def stray_weeks(self) -> dict[int, int]:
        """Fines by week outside the panel's span: the rest of a week, or a mistyped year."""
        first, last = self._span(self._records())
        stray = self.fines[(self.fines["week"] < first) | (self.fines["week"] > last)]
        return stray.groupby("week")["fines"].sum().to_dict()

    def _records(self) -> pd.DataFrame:
        records = pd.concat(
            [self.fines[["week", "hour_of_week"]], self.patrols[["week", "hour_of_week"]]]
        )
        if records.empty:
            raise NotEnoughDataError("the panel holds no fine and no patrol known at this origin.")
        return records

    @staticmethod
    def _span(records: pd.DataFrame) -> tuple[int, int]:
        """The first and the last week that hold a real share of the records.

        One fine with a mistyped year must not stretch the history by years of silence: a week
        counts from 5 % of the records of a typical week on.
        """
        weeks, counts = np.unique(records["week"], return_counts=True)
        real = weeks[counts >= 0.05 * np.median(counts)]
        return int(real[0]), int(real[-1])

    def as_of(self, origin: int) -> Panel:
        """The panel as it was at an origin: records known before it, and the zones known by then.

        A zone of the town's own list is always known; a zone derived from fines exists from the
        first known fine on, so a later one cannot shift what earlier zones are compared with.
        """
        fines = known_before(self.fines, origin)
        patrols = known_before(self.patrols, origin)
        seen = np.zeros(len(self.zones), dtype=bool)
        seen[fines["zone"].to_numpy()] = True
        seen[patrols["zone"].to_numpy()] = True
        context = self.context[self.context["known_hour"] < origin * HOURS_PER_WEEK]
        told = Presences(
            known_before(self.presences.hours, origin), known_before(self.presences.finds, origin)
        )
        known = replace(self, fines=fines, patrols=patrols, context=context, presences=told)
        return known.select(seen | self.zones["official"])

    def select(self, keep: np.ndarray) -> Panel:
        """The panel of some zones only; `keep` is a mask over the rows of `zones`."""
        keep = np.asarray(keep, dtype=bool)
        position = np.cumsum(keep) - 1
        zones = self.zones[keep].reset_index(drop=True)

        def renumber(records: pd.DataFrame) -> pd.DataFrame:
            zone = records["zone"].to_numpy()
            of_town = zone == WHOLE_TOWN
            kept = of_town | keep[zone]
            renumbered = np.where(of_town, WHOLE_TOWN, position[zone])[kept]
            return records[kept].assign(zone=renumbered.astype(np.int32))

        return replace(
            self,
            zones=zones,
            fines=renumber(self.fines),
            patrols=renumber(self.patrols),
            context=renumber(self.context),
            presences=Presences(renumber(self.presences.hours), renumber(self.presences.finds)),
        )

    def modelled_at(self, origin: int) -> np.ndarray:
        """Mask of the zones that a model of this panel looks at when the origin is `origin`.

        All of them, but for a panel whose zones say from which origin on: the column modelled_from.
        """
        if "modelled_from" not in self.zones:
            return np.ones(len(self.zones), dtype=bool)
        return self.zones["modelled_from"].to_numpy() <= origin

    def seen_through(self, basis: Basis, vehicles_per_hour: float | None = None) -> Panel:
        """The panel with the exposure of a basis in `patrols`; all that follows looks only there.

        `checks` needs `vehicles_per_hour`, how many vehicles count as an hour of patrol; patrols
        that counted none are left out, for how much they looked at is not known. Raises ValueError
        for a panel that is seen through another basis already.
        """
        if basis == self.basis or not is_known(basis):
            return self
        if self.basis != "recorded":
            raise ValueError(f"a panel seen through {self.basis} exposure cannot show {basis}")
        if basis == "inferred":
            seen = self.presences.hours.assign(vehicles=0.0)
        elif vehicles_per_hour is None:
            raise ValueError("exposure by vehicles checked needs vehicles_per_hour")
        else:
            counted = self.patrols[self.patrols["vehicles"] > 0]
            seen = counted.assign(hours=counted["vehicles"] / vehicles_per_hour)
        return replace(self, patrols=seen, basis=basis)

    def seen_patrols(self, basis: Basis) -> pd.DataFrame:
        """`patrols`, provided that they are of `basis`; ValueError where they are of another."""
        if basis != self.basis:
            raise ValueError(f"the panel shows {self.basis} exposure, not {basis}")
        return self.patrols

    def exposure(self, basis: Basis) -> pd.DataFrame:
        """Exposure by zone-hour, as far as known: zone, week, hour_of_week, hours (> 0), sorted."""
        hours = self.seen_patrols(basis).groupby(CELL, sort=True)["hours"].sum()
        return hours[hours > 0].reset_index()

    def found(self, basis: Basis) -> pd.DataFrame:
        """The fines that count as found in the exposure of a basis, columns as `fines`.

        Where exposure is inferred, only those of agents who were seen there already: counts of one
        zone-hour are to be added up, a late fine may take one back.
        """
        return self.presences.finds if basis == "inferred" else self.fines

    def vehicles_per_hour(self) -> float:
        """Vehicles checked per hour on patrol, of the zone-hours that count any; NaN if none."""
        counted = self.patrols[self.patrols["vehicles"] > 0]
        hours = counted["hours"].sum()
        return float(counted["vehicles"].sum() / hours) if hours > 0 else np.nan

    def fines_per_zone(self) -> np.ndarray:
        """Fines in each zone, int64, in the order of `zones`."""
        counts = np.bincount(self.fines["zone"], self.fines["fines"], minlength=len(self.zones))
        return counts.astype(np.int64)


def build(
    zones: pd.DataFrame,
    fines: pd.DataFrame,
    patrols: pd.DataFrame | None,
    context: pd.DataFrame | None = None,
    presence: PresenceParameters | None = None,
) -> Panel:
    """Put contract tables on the grid.

    Fines that name their agents also give presences, by the rules of `presence`; no agent id goes
    any further. Raises ContractError where a record names a zone that the zones table lacks, and
    NotEnoughDataError where there is no fine at all.
    """
    if fines.empty:
        raise NotEnoughDataError("there is no fine to build a panel from; see the ingest report.")
    zones = zones.sort_values("zone_id").reset_index(drop=True)
    position = pd.Series(np.arange(len(zones), dtype=np.int32), index=zones["zone_id"])
    categories = tuple(sorted(fines["category"].unique()))
    return Panel(
        timezone=str(fines["issued_at"].dt.tz),
        zones=_attributes(zones),
        categories=categories,
        fines=_fines(fines, position, categories),
        patrols=_patrols(patrols, position),
        presences=_presences(fines, position, categories, presence or PresenceParameters()),
        context=_context(context, position),
    )


def _attributes(zones: pd.DataFrame) -> pd.DataFrame:
    table = zones[["zone_id", "name", "official"]].copy()
    for column in ("spaces", "max_stay_minutes"):
        table[column] = zones[column].astype(float) if column in zones else np.nan
    table["lon"], table["lat"] = centres(zones)
    return table


def centres(zones: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the centre of each zone of a zones table; NaN where unknown."""
    centre = shapely.centroid(shapely.from_wkb(zones["geometry"].to_numpy(dtype=object)))
    return shapely.get_x(centre), shapely.get_y(centre)


def _fines(fines: pd.DataFrame, position: pd.Series, categories: tuple[str, ...]) -> pd.DataFrame:
    rows = _placed(fines, position, categories)
    keys = [*CELL, "delay", "category"]
    return rows.groupby(keys, sort=True).size().astype(np.int32).rename("fines").reset_index()


def _placed(fines: pd.DataFrame, position: pd.Series, categories: tuple[str, ...]) -> pd.DataFrame:
    """Each fine on the grid: zone, week, hour_of_week, delay, category."""
    local = to_local(fines["issued_at"])
    week = week_of(local)
    return pd.DataFrame(
        {
            "zone": _zone_rows("fines", fines["zone_id"], position),
            "week": week,
            "hour_of_week": hour_of_week(local),
            "delay": _delay(fines, week),
            "category": pd.Categorical(fines["category"], categories).codes.astype(np.int16),
        }
    )


def _delay(fines: pd.DataFrame, week: np.ndarray) -> np.ndarray:
    """Whole weeks from the week of issue to the known week, int16."""
    delay = np.zeros(len(fines), dtype=np.int16)
    if "recorded_at" in fines:
        recorded = fines["recorded_at"].notna().to_numpy()
        known_week = week_of(to_local(fines.loc[recorded, "recorded_at"]))
        delay[recorded] = np.maximum(known_week - week[recorded], 0)
    return delay


def _patrols(patrols: pd.DataFrame | None, position: pd.Series) -> pd.DataFrame:
    if patrols is None or patrols.empty:
        return no_presences().hours.assign(vehicles=pd.Series(dtype="float64"))
    hours = patrol_hours(patrols["started_at"], patrols["ended_at"])
    row = hours.pop("row").to_numpy()
    hours["zone"] = _zone_rows("patrols", patrols["zone_id"], position)[row]
    hours["vehicles"] = 0.0
    if "vehicles_checked" in patrols:
        length = np.bincount(row, hours["hours"], minlength=len(patrols))[row]
        share = np.divide(hours["hours"], length, out=np.ones(len(row)), where=length > 0)
        hours["vehicles"] = patrols["vehicles_checked"].fillna(0.0).to_numpy()[row] * share
    # a patrol that ended as it began looked at nothing, unless it counted vehicles
    hours = hours[(hours["hours"] > 0) | (hours["vehicles"] > 0)]
    summed = hours.groupby(CELL, sort=True)[["hours", "vehicles"]].sum().reset_index()
    summed.insert(len(CELL), "delay", np.int16(0))
    return summed.astype(_EXPOSURE)


def _presences(
    fines: pd.DataFrame,
    position: pd.Series,
    categories: tuple[str, ...],
    parameters: PresenceParameters,
) -> Presences:
    named = fines[fines["agent_id"].notna()] if "agent_id" in fines else fines.iloc[:0]
    if named.empty:
        return no_presences()
    rows = _placed(named, position, categories)
    rows["agent"] = named["agent_id"].to_numpy()
    rows["issued_at"] = named["issued_at"].array
    return presences(rows, parameters)


def _context(context: pd.DataFrame | None, position: pd.Series) -> pd.DataFrame:
    if context is None or context.empty:
        return no_context()
    begin = _clock_hours(context["start"], ALWAYS)
    end = _clock_hours(context["end"] - pd.Timedelta(microseconds=1), FOREVER - 1) + 1
    end = np.maximum(end, np.where(begin == ALWAYS, end, begin + 1))
    zone = np.full(len(context), WHOLE_TOWN, dtype=np.int32)
    if "zone_id" in context:
        placed = context["zone_id"].notna().to_numpy()
        zone[placed] = _zone_rows("context", context.loc[placed, "zone_id"], position)
    rows = pd.DataFrame(
        {
            "kind": context["kind"].astype("str").to_numpy(),
            "zone": zone,
            "begin": begin.astype(np.int32),
            "end": end.astype(np.int32),
            "known_hour": _known_hours(context, begin, end),
            "value": context["value"].to_numpy(dtype=float),
        }
    ).astype({"kind": "str"})
    order = ["kind", "known_hour", "zone", "begin", "end", "value"]
    return rows.sort_values(order, ignore_index=True)


def _known_hours(context: pd.DataFrame, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The hour in which each record became known.

    Where the town does not say: an announcement once it has begun, a measurement or a count once
    its last hour is over. Tickets and passers-by are never known before they are counted.
    """
    way = context["kind"].map(CONTEXT_KINDS)
    counted = context["kind"].isin(["payments", "footfall"]).to_numpy()
    itself = np.where(way.isin(["happening", "standing"]), begin, end - 1)
    if "known_at" not in context:
        return itself.astype(np.int32)
    said = _clock_hours(context["known_at"], ALWAYS)
    known = np.where(context["known_at"].notna(), said, itself)
    return np.where(counted, np.maximum(known, itself), known).astype(np.int32)


def _clock_hours(times: pd.Series, missing: int) -> np.ndarray:
    """Whole hours of the local clock since week 0, int64; `missing` where there is no time."""
    hours = np.full(len(times), missing, dtype=np.int64)
    given = times.notna().to_numpy()
    local = to_local(times[given])
    hours[given] = week_of(local).astype(np.int64) * HOURS_PER_WEEK + hour_of_week(local)
    return hours


def _zone_rows(table: str, zone_ids: pd.Series, position: pd.Series) -> np.ndarray:
    known = zone_ids.isin(position.index)
    if not known.all():
        row = zone_ids.index[~known][0]
        raise ContractError(
            f"table '{table}', row {row}: zone '{zone_ids[row]}' is not in the zones table. "
            "Run `infraction-model ingest` again so that both tables come from one run."
        )
    return position.loc[zone_ids].to_numpy()
