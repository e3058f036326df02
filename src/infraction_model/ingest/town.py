"""All of a town's exports at once -> contract tables, quarantine, and what the report will say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import shapely

from infraction_model.errors import ConfigError, InputError
from infraction_model.ingest.columns import as_text
from infraction_model.ingest.context import (
    ContextInHand,
    check_context,
    finish_context,
    read_context,
)
from infraction_model.ingest.fines import finish_fines, read_fines
from infraction_model.ingest.forms import no_patrols, quarantined_forms, read_forms, with_forms
from infraction_model.ingest.mapping import (
    ContextMapping,
    FinesMapping,
    ParkingMapping,
    PatrolsMapping,
    ZonesFromBlocks,
    ZonesFromCells,
    ZonesFromFile,
    ZonesFromStreets,
)
from infraction_model.ingest.parking import (
    ParkingInHand,
    check_parking,
    finish_parking,
    read_parking,
)
from infraction_model.ingest.patrols import finish_patrols, read_patrols
from infraction_model.ingest.quarantine import Accounts
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.records import Source, open_source, quarantine_table
from infraction_model.ingest.repeats import several_cars
from infraction_model.ingest.zones import OfficialZones
from infraction_model.ingest.zoning import (
    Placement,
    place_by_blocks,
    place_by_street_names,
    place_in_cells,
    place_in_official_zones,
)


@dataclass(frozen=True)
class Ingested:
    """The contract tables, the quarantine and notes for the report.

    `patrols` (of the log and of forms) is None where the town has neither, `context` without any
    context export; `parking` holds those of schema.PARKING_TABLES that the town has exports of.
    """

    fines: pd.DataFrame
    zones: pd.DataFrame
    patrols: pd.DataFrame | None
    context: pd.DataFrame | None
    quarantine: pd.DataFrame
    accounts: list[Accounts]
    sources: list[Source]
    placement: Placement
    other_labels: dict[str, int]
    several_cars: int
    repaired_zones: int
    parking: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every contract table that there is, by name."""
        mine = {name: getattr(self, name) for name in ("fines", "zones", "patrols", "context")}
        return {name: table for name, table in mine.items() if table is not None} | dict(
            self.parking
        )


@dataclass(frozen=True)
class Exports:
    """What was read: raw files, and the town's zones and aliases where it has them.

    `context` holds the files of each context export by its name, `parking` those of payments,
    occupancy_events and counts.NAME. `forms` is None where the town has none, empty where none is
    filled in yet.
    """

    fines: list[RawExport]
    patrols: list[RawExport] | None = None
    context: Mapping[str, list[RawExport]] = field(default_factory=dict)
    parking: Mapping[str, list[RawExport]] = field(default_factory=dict)
    zones: OfficialZones | None = None
    aliases: RawExport | None = None
    forms: list[RawExport] | None = None


def ingest_town(
    exports: Exports,
    fines_mapping: FinesMapping,
    zones_mapping,
    patrols_mapping: PatrolsMapping | None,
    timezone: str,
    secret: bytes,
    context_mappings: Mapping[str, ContextMapping] | None = None,
    keep_from: dt.date | None = None,
    parking_mappings: Mapping[str, ParkingMapping] | None = None,
) -> Ingested:
    """Turn raw exports into contract tables, without the records from before `keep_from`.

    `secret` is the key of the agents' pseudonyms. Raises InputError where no row can be kept, and
    ConfigError where the mapping lacks what the zones need.
    """
    check_places("fines", fines_mapping, zones_mapping)
    box = None if exports.zones is None else _bounds(exports.zones)
    source = open_source("fines", exports.fines, fines_mapping, keep_from)
    fines = read_fines(source, timezone, secret, box)
    if not fines.source.ledger.kept.any():
        raise _nothing_kept(fines.source)
    hands = [fines]
    if patrols_mapping is not None and exports.patrols is not None:
        check_places("patrols", patrols_mapping, zones_mapping)
        source = open_source("patrols", exports.patrols, patrols_mapping, keep_from)
        hands.append(read_patrols(source, timezone, secret, box))
    _share_agents(hands)
    placement = _place(hands, exports, zones_mapping)
    zone_ids = np.split(placement.zone_id, np.cumsum([len(hand.frame) for hand in hands])[:-1])
    fines_table = finish_fines(fines, zone_ids[0])
    patrols_table = finish_patrols(hands[1], zone_ids[1]) if len(hands) > 1 else None
    if fines_table.empty:
        raise _nothing_kept(fines.source)
    zones_table = _used_zones(placement.zones, zones_mapping, fines_table, patrols_table)
    forms = None
    if exports.forms:
        names = frozenset(fines.source.agents)
        forms = read_forms(
            exports.forms, zones_table, patrols_table, timezone, secret, keep_from, names
        )
        patrols_table = with_forms(patrols_table, forms.frame)
    elif exports.forms is not None and patrols_table is None:
        patrols_table = no_patrols(timezone)
    contexts = _read_contexts(
        exports, context_mappings or {}, zones_mapping, timezone, box, keep_from
    )
    context_table = _place_contexts(contexts, zones_table, exports, zones_mapping)
    parking = _read_parking(
        exports, parking_mappings or {}, zones_mapping, timezone, box, keep_from
    )
    parking_tables = _place_parking(parking, zones_table, exports, zones_mapping)
    sources = [hand.source for hand in [*hands, *contexts, *parking]]
    quarantine = [quarantine_table(source) for source in sources]
    if forms is not None:
        sources.append(forms.source)
        quarantine.append(quarantined_forms(forms))
    accounts = [source.ledger.accounts() for source in sources]
    if exports.zones is not None:
        accounts.append(exports.zones.ledger.accounts())
        quarantine.append(exports.zones.ledger.table(exports.zones.raw))
    return Ingested(
        fines_table,
        zones_table,
        patrols_table,
        context_table,
        pd.concat(quarantine, ignore_index=True),
        accounts,
        sources,
        placement,
        fines.other_labels,
        several_cars(fines_table),
        exports.zones.repaired if exports.zones else 0,
        parking_tables,
    )


def check_places(name: str, mapping, zones_mapping) -> None:
    """Raise ConfigError where the mapping names no column that the zones' kind can be found by."""
    place = mapping.place
    given = {
        "zone_id": place.zone_id is not None,
        "street": place.street is not None,
        "coordinates": place.longitude is not None and place.latitude is not None,
    }
    needs = {ZonesFromStreets: ("street",), ZonesFromBlocks: ("street",)}
    needs[ZonesFromCells] = ("coordinates",)
    ways = needs.get(type(zones_mapping)) or zones_mapping.match
    if not any(given[way] for way in ways):
        raise ConfigError(
            f"key 'data.{name}.place': zones of kind '{zones_mapping.kind}' are found by "
            f"{' or '.join(ways)}, and no such column is named there."
        )


def _bounds(zones: OfficialZones) -> np.ndarray:
    return shapely.total_bounds(zones.shapes)


def _share_agents(hands: list) -> None:
    """An agent named in one export may stand in a cell of another: all know all names."""
    names = set().union(*(hand.source.agents for hand in hands))
    for hand in hands:
        hand.source.agents = names


def _place(hands: list, exports: Exports, mapping) -> Placement:
    """Place the still kept rows of all sources together, and tell each ledger what failed."""
    places = pd.concat([hand.places for hand in hands], ignore_index=True)
    kept = np.concatenate([hand.source.ledger.kept for hand in hands])
    aliases = _aliases(exports.aliases)
    chosen = places[kept].reset_index(drop=True)
    if isinstance(mapping, ZonesFromFile):
        found = place_in_official_zones(chosen, exports.zones, mapping, aliases)
    elif isinstance(mapping, ZonesFromStreets):
        found = place_by_street_names(chosen, mapping, aliases)
    elif isinstance(mapping, ZonesFromBlocks):
        found = place_by_blocks(chosen, mapping, aliases)
    else:
        found = place_in_cells(chosen, mapping)
    whole = _spread(found, kept)
    start = 0
    for hand in hands:
        part = slice(start, start + len(hand.frame))
        start = part.stop
        lost = np.equal(whole.zone_id[part], None)
        reasons = whole.reason[part]
        for reason in sorted(set(reasons[lost & hand.source.ledger.kept])):
            hand.source.ledger.reject(
                lost & (reasons == reason), reason, whole.detail[part], whole.guesses[part]
            )
    return whole


def _read_contexts(
    exports: Exports,
    mappings: Mapping[str, ContextMapping],
    zones_mapping,
    timezone: str,
    box: np.ndarray | None,
    keep_from: dt.date | None,
) -> list[ContextInHand]:
    hands = []
    for name, mapping in mappings.items():
        check_context(name, mapping)
        source = open_source(f"context.{name}", exports.context[name], mapping, keep_from)
        hand = read_context(source, timezone, box)
        if hand.names_places:
            check_places(source.name, mapping, zones_mapping)
        hands.append(hand)
    return hands


def _place_contexts(
    hands: list[ContextInHand], zones: pd.DataFrame, exports: Exports, mapping
) -> pd.DataFrame | None:
    """All context records in one table, each in a zone that fines or patrols know.

    They are placed apart, after the zones are settled: what happens in town must not change what a
    zone of its fines is. Raises InputError where nothing of an export can be kept.
    """
    parts = []
    for hand in hands:
        zone_id = np.full(len(hand.frame), None, dtype=object)
        if hand.names_places:
            zone_id = _place_in_known(hand, zones, exports, mapping)
        parts.append(finish_context(hand, zone_id))
        if parts[-1].empty:
            raise _nothing_kept(hand.source)
    return pd.concat(parts, ignore_index=True) if parts else None


def _place_in_known(hand, zones: pd.DataFrame, exports: Exports, mapping) -> np.ndarray:
    """The zone of each row among those that are settled; a row in no such zone is set apart."""
    if isinstance(mapping, ZonesFromStreets):
        mapping = replace(mapping, merge=False)
    zone_id = _place([hand], exports, mapping).zone_id
    known = pd.Series(zone_id).isin(zones["zone_id"]).to_numpy()
    hand.source.ledger.reject(~known, "no fine or patrol in that zone", zone_id)
    return zone_id


def _read_parking(
    exports: Exports,
    mappings: Mapping[str, ParkingMapping],
    zones_mapping,
    timezone: str,
    box: np.ndarray | None,
    keep_from: dt.date | None,
) -> list[ParkingInHand]:
    hands = []
    for name, mapping in mappings.items():
        check_parking(name, mapping)
        check_places(name, mapping, zones_mapping)
        source = open_source(name, exports.parking[name], mapping, keep_from)
        hands.append(read_parking(source, timezone, box))
    return hands


def _place_parking(
    hands: list[ParkingInHand], zones: pd.DataFrame, exports: Exports, mapping
) -> dict[str, pd.DataFrame]:
    """The tables of who is parked where; raises InputError where nothing of an export is kept."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for hand in hands:
        table = finish_parking(hand, _place_in_known(hand, zones, exports, mapping))
        if table.empty:
            raise _nothing_kept(hand.source)
        parts.setdefault(hand.table, []).append(table)
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}


def _spread(found: Placement, kept: np.ndarray) -> Placement:
    """A placement of the kept rows as one of all rows."""
    whole = Placement.nowhere(len(kept))
    for name in ("zone_id", "reason", "detail", "guesses"):
        getattr(whole, name)[kept] = getattr(found, name)
    whole.zones, whole.streets, whole.how = found.zones, found.streets, found.how
    whole.look_alikes = found.look_alikes
    return whole


def _aliases(export: RawExport | None) -> dict[str, str]:
    if export is None:
        return {}
    if export.frame.shape[1] < 2:
        raise InputError(f"{export.file}: expected two columns: the spelling and the true name.")
    spelling, street = as_text(export.frame.iloc[:, 0]), as_text(export.frame.iloc[:, 1])
    return {a: b for a, b in zip(spelling, street, strict=True) if a and b}


def _used_zones(zones, mapping, fines, patrols) -> pd.DataFrame:
    """The town's zones all, derived ones only where a kept record lies."""
    if isinstance(mapping, ZonesFromFile):
        return zones
    used = set(fines["zone_id"]) | (set(patrols["zone_id"]) if patrols is not None else set())
    return zones[zones["zone_id"].isin(used)].reset_index(drop=True)


def _nothing_kept(source: Source) -> InputError:
    accounts = source.ledger.accounts()
    why = {**accounts.filtered, **accounts.quarantined}
    reasons = ", ".join(f"{count} {reason}" for reason, count in why.items())
    example = source.ledger.example()
    return InputError(
        f"{', '.join(source.ledger.names)}: not one of {accounts.read} rows can be kept "
        f"({reasons}). {example}Correct the mapping under {source.key}."
    )
