"""Where a record was -> its zone, for fines and patrols alike; what cannot be placed says why.

Each distinct spelling or point is resolved once, however many rows share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import h3
import numpy as np
import pandas as pd
import shapely

from infraction_model.ingest.mapping import (
    ZonesFromBlocks,
    ZonesFromCells,
    ZonesFromFile,
    ZonesFromStreets,
)
from infraction_model.ingest.points import Locator
from infraction_model.ingest.privacy import looks_personal, scrub
from infraction_model.ingest.street_names import (
    StreetMatch,
    look_alikes,
    merge_slips,
    normalise,
    resolve,
    split_house_number,
    squashed,
)
from infraction_model.ingest.zones import OfficialZones, derived_zones

_FAR_DEGREES = 1.0
_CONFLICT = 5.0
STREET_COLUMNS = ["spelling", "rows", "outcome", "street", "guesses"]


@dataclass
class Placement:
    """For each record its zone (None: unplaced, then `reason`, `detail`, `guesses` say why).

    `zones` is the contract table. `streets` (columns STREET_COLUMNS) lists the spellings that are
    not the street's own and what became of them; `look_alikes` the pairs a person should look at;
    `how` counts rows by the way their zone was found.
    """

    zone_id: np.ndarray
    reason: np.ndarray
    detail: np.ndarray
    guesses: np.ndarray
    zones: pd.DataFrame = field(default_factory=pd.DataFrame)
    streets: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=STREET_COLUMNS))
    look_alikes: list[tuple[str, str]] = field(default_factory=list)
    how: dict[str, int] = field(default_factory=dict)

    @classmethod
    def nowhere(cls, size: int) -> Placement:
        """A placement in which no record has a zone yet."""
        empty = np.full(size, "", dtype=object)
        return cls(np.full(size, None, dtype=object), empty, empty.copy(), empty.copy())

    def unplaced(self) -> np.ndarray:
        """Mask of the records still without a zone."""
        return np.equal(self.zone_id, None)

    def refuse(self, mask: np.ndarray, reason: str, detail=None, guesses=None) -> None:
        """Say why the unplaced records of `mask` have no zone; the last reason stands."""
        positions = np.flatnonzero(mask & self.unplaced())
        self.reason[positions] = reason
        self.detail[positions] = "" if detail is None else np.asarray(detail, object)[positions]
        if guesses is not None:
            self.guesses[positions] = np.asarray(guesses, object)[positions]


def place_in_official_zones(
    places: pd.DataFrame, zones: OfficialZones, mapping: ZonesFromFile, aliases: dict[str, str]
) -> Placement:
    """Find each record's zone among the town's own, in the ways and order the mapping lists.

    `places` has columns zone_id, street, house_number (text, "" where unknown), lon, lat (degrees).
    `aliases` maps a spelling to a street's true name.
    """
    placement = Placement.nowhere(len(places))
    placement.zones = zones.table
    placement.refuse(np.ones(len(places), bool), "no place given")
    locator = Locator(zones.shapes)
    for way in mapping.match:
        before = int(placement.unplaced().sum())
        if way == "zone_id":
            _by_zone_id(placement, places, zones)
        elif way == "street":
            _by_street(placement, places, zones, locator, mapping, aliases)
        else:
            _by_point(placement, places, zones, locator, mapping.max_metres)
        placement.how[way] = before - int(placement.unplaced().sum())
    return placement


def _by_zone_id(placement: Placement, places: pd.DataFrame, zones: OfficialZones) -> None:
    by_fold = {zone.casefold(): zone for zone in zones.table["zone_id"]}
    given = places["zone_id"]
    found = given.map({value: by_fold.get(value.casefold()) for value in given.unique()})
    hit = found.notna().to_numpy() & placement.unplaced()
    placement.zone_id[hit] = found.to_numpy(dtype=object)[hit]
    placement.refuse((given != "").to_numpy(dtype=bool), "unknown zone id", given)


def _by_street(
    placement: Placement,
    places: pd.DataFrame,
    zones: OfficialZones,
    locator: Locator,
    mapping: ZonesFromFile,
    aliases: dict[str, str],
) -> None:
    open_ = placement.unplaced() & (places["street"] != "").to_numpy(dtype=bool)
    codes, spellings = pd.factorize(places["street"].where(open_))
    references, zones_of = _references(zones.table, mapping)
    known = {normalise(name, mapping.streets.languages): name for name in references.values()}
    by_alias = {}
    for alias, street in aliases.items():
        key = normalise(street, mapping.streets.languages)
        if key in known:
            by_alias[normalise(alias, mapping.streets.languages)] = key
    matches = resolve(list(spellings), references, by_alias, mapping.streets)
    matches = _without_conflicts(matches, codes, places, zones_of, locator, mapping.max_metres)
    rows_of = _Rows(codes)
    for code, match in enumerate(matches):
        if match.key is not None and len(zones_of[match.key]) > 1:
            rows = rows_of[code]
            _among_several(placement, places, rows, zones_of[match.key], zones, locator)
    single = [
        zones.table["zone_id"].iat[zones_of[match.key][0]]
        if match.key is not None and len(zones_of[match.key]) == 1
        else None
        for match in matches
    ]
    found = np.array([*single, None], dtype=object)[codes]
    hit = placement.unplaced() & ~np.equal(found, None)
    placement.zone_id[hit] = found[hit]
    guesses = np.array([*("; ".join(match.guesses) for match in matches), ""], dtype=object)[codes]
    unknown = np.array([*(match.key is None for match in matches), False])[codes]
    unsure = np.array([*(match.how == "ambiguous" for match in matches), False])[codes]
    placement.refuse(unknown & ~unsure, "unknown street", places["street"], guesses)
    placement.refuse(unsure, "street name fits several", places["street"], guesses)
    placement.streets = _street_table(spellings, codes, matches, references)


def _references(table: pd.DataFrame, mapping: ZonesFromFile) -> tuple[dict, dict]:
    """Normalised street name -> its true name, and -> the positions of its zones."""
    references: dict[str, str] = {}
    zones_of: dict[str, list[int]] = {}
    for position, name in enumerate(table["name"]):
        key = normalise(name, mapping.streets.languages) or name.casefold()
        references.setdefault(key, name)
        zones_of.setdefault(key, []).append(position)
    return references, zones_of


def _without_conflicts(
    matches: list[StreetMatch],
    codes: np.ndarray,
    places: pd.DataFrame,
    zones_of: dict[str, list[int]],
    locator: Locator,
    max_metres: float,
) -> list[StreetMatch]:
    """A match by likeness alone is given up where the rows' own points lie far from that street."""
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    kept = list(matches)
    rows_of = _Rows(codes)
    for code, match in enumerate(matches):
        if match.how != "likeness":
            continue
        rows = rows_of[code][np.isfinite(lon[rows_of[code]])]
        if not len(rows):
            continue
        metres = [locator.metres_to(lon[rows], lat[rows], zone) for zone in zones_of[match.key]]
        if np.median(np.min(metres, axis=0)) > _CONFLICT * max_metres:
            kept[code] = StreetMatch(None, "elsewhere", match.guesses)
    return kept


class _Rows:
    """The rows of each code, found once."""

    def __init__(self, codes: np.ndarray) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._sorted = codes[self._order]

    def __getitem__(self, code: int) -> np.ndarray:
        start, end = np.searchsorted(self._sorted, [code, code + 1])
        return self._order[start:end]


def _among_several(placement, places, rows, positions, zones: OfficialZones, locator) -> None:
    """A street of several zones: the nearest to the row's point; without a point it stays open."""
    lon, lat = places["lon"].to_numpy()[rows], places["lat"].to_numpy()[rows]
    metres = np.array([locator.metres_to(lon, lat, position) for position in positions])
    best = np.argmin(metres, axis=0)
    known = np.isfinite(metres.min(axis=0))
    ids = zones.table["zone_id"].to_numpy(dtype=object)[np.array(positions)]
    placement.zone_id[rows[known]] = ids[best[known]]
    lost = np.zeros(len(places), dtype=bool)
    lost[rows[~known]] = True
    placement.refuse(lost, "street of several zones", places["street"])


def _street_table(spellings, codes, matches: list[StreetMatch], references) -> pd.DataFrame:
    """Spellings that were not the street's own, most rows first."""
    counts = np.bincount(codes[codes >= 0], minlength=len(spellings))
    rows = [
        (spelling, int(count), match.how, references.get(match.key, ""), "; ".join(match.guesses))
        for spelling, count, match in zip(spellings, counts, matches, strict=True)
        if match.how not in ("exact", "empty")
    ]
    table = pd.DataFrame(rows, columns=STREET_COLUMNS)
    return table.sort_values(["rows", "spelling"], ascending=[False, True], ignore_index=True)


def _by_point(placement, places, zones: OfficialZones, locator: Locator, max_metres: float) -> None:
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    open_ = np.flatnonzero(placement.unplaced() & np.isfinite(lon + lat))
    if not len(open_):
        return
    points, inverse = np.unique(np.column_stack([lon, lat])[open_], axis=0, return_inverse=True)
    near = locator.nearest(points[:, 0], points[:, 1], max_metres)
    position, metres = near.position[inverse.ravel()], near.metres[inverse.ravel()]
    ids = zones.table["zone_id"].to_numpy(dtype=object)
    placement.zone_id[open_] = np.where(position >= 0, ids[position], None)
    outside = np.zeros(len(places), dtype=bool)
    outside[open_[position < 0]] = True
    detail = np.full(len(places), "", dtype=object)
    detail[open_] = [f"{m:.0f} m from the nearest zone" for m in metres]
    placement.refuse(outside, "outside every zone", detail)


def place_by_street_names(
    places: pd.DataFrame, mapping: ZonesFromStreets, aliases: dict[str, str]
) -> Placement:
    """Each normalised street name is a zone; typing slips of a frequent name are merged into it."""
    placement = Placement.nowhere(len(places))
    codes, spellings = pd.factorize(places["street"])
    keys = _keys(list(spellings), mapping.languages, aliases)
    counts = pd.Series(np.bincount(codes, minlength=len(spellings)), index=keys)
    totals = counts[counts.index != ""].groupby(level=0).sum()
    joined = _same_but_for_blanks(totals)
    if mapping.merge:
        totals = totals.groupby([joined.get(key, key) for key in totals.index]).sum()
        slips = merge_slips(totals, mapping.merge_share)
        placement.look_alikes = look_alikes(totals, mapping.merge_share)
    else:
        slips = {}
    final = [slips.get(joined.get(key, key), joined.get(key, key)) for key in keys]
    _take_keys(placement, places, codes, spellings, final)
    _name_zones(placement, codes, spellings, final)
    spelt = pd.DataFrame({"spelling": spellings, "rows": counts.to_numpy(), "key": keys})
    changed = [a != b for a, b in zip(keys, final, strict=True)]
    merges = spelt[changed].assign(
        outcome="merged", street=[k for k, c in zip(final, changed, strict=True) if c], guesses=""
    )
    placement.streets = merges.sort_values("rows", ascending=False)[STREET_COLUMNS]
    return placement


def _keys(spellings: list[str], languages, aliases: dict[str, str]) -> list[str]:
    by_alias = {
        normalise(alias, languages): normalise(street, languages)
        for alias, street in aliases.items()
    }
    keys = [normalise(spelling, languages) for spelling in spellings]
    return [by_alias.get(key, key) for key in keys]


def _same_but_for_blanks(totals: pd.Series) -> dict[str, str]:
    """Keys that differ only in blanks -> the most frequent of them."""
    groups = pd.DataFrame({"key": totals.index, "rows": totals.to_numpy()})
    groups["flat"] = groups["key"].map(squashed)
    groups = groups[groups.duplicated("flat", keep=False)]
    groups = groups.sort_values(["rows", "key"], ascending=[False, True])
    first = groups.groupby("flat")["key"].transform("first")
    return {a: b for a, b in zip(groups["key"], first, strict=True) if a != b}


def _take_keys(placement: Placement, places, codes, spellings, keys: list[str]) -> None:
    """Give each record its key as zone, unless there is none or it is a person's data."""
    personal = np.array([*looks_personal(pd.Series(spellings, dtype="str")), False])
    named = np.array([*(key.replace(" ", "-") or None for key in keys), None], dtype=object)
    named[personal] = None
    placement.zone_id[:] = named[codes]
    placement.refuse(np.ones(len(places), bool), "no street given")
    placement.refuse(personal[codes], "a person's data in the place column")


def _name_zones(placement: Placement, codes, spellings, keys, label=None) -> None:
    """The derived zones, each named by its most frequent spelling."""
    label = label or (lambda spelling, key: spelling)
    counts = np.bincount(codes[~placement.unplaced()], minlength=len(spellings))
    table = pd.DataFrame({"key": keys, "spelling": spellings, "rows": counts})
    table = table[table["rows"] > 0].sort_values(["rows", "spelling"], ascending=[False, True])
    table = table.drop_duplicates("key")
    clean = scrub(table["spelling"].reset_index(drop=True).astype("str"), set())
    names = [label(spelling, key) for spelling, key in zip(clean, table["key"], strict=True)]
    ids = [key.replace(" ", "-") for key in table["key"]]
    nothing = np.full(len(ids), None, dtype=object)
    placement.zones = derived_zones(ids, names, nothing)


def place_by_blocks(
    places: pd.DataFrame, mapping: ZonesFromBlocks, aliases: dict[str, str]
) -> Placement:
    """Each street's block of house numbers is a zone: 1509 CAYUGA AVE -> 1500-cayuga-avenue.

    The number comes from its own column or, where that is empty, from the start of the address.
    """
    placement = Placement.nowhere(len(places))
    written = pd.Series(places["house_number"] + "\n" + places["street"], dtype="str")
    codes, unique = pd.factorize(written)
    split = [_number_and_street(value) for value in unique]
    streets = list(dict.fromkeys(street for _, street in split))
    key_of = dict(zip(streets, _keys(streets, mapping.languages, aliases), strict=True))
    keys = [
        f"{number // mapping.size * mapping.size} {key_of[street]}"
        if number is not None and key_of[street]
        else ""
        for number, street in split
    ]
    _take_keys(placement, places, codes, [street for _, street in split], keys)
    has_street = (places["street"] != "").to_numpy(dtype=bool)
    placement.refuse(
        has_street & (placement.reason == "no street given"), "no house number", places["street"]
    )
    _name_zones(
        placement, codes, [street for _, street in split], keys, lambda s, k: f"{k.split()[0]} {s}"
    )
    return placement


def _number_and_street(value: str) -> tuple[int | None, str]:
    stated, _, street = value.partition("\n")
    in_street, rest = split_house_number(street)
    if stated:
        number = split_house_number(f"{stated} x")[0]
        return number, rest if in_street == number and number is not None else street
    return in_street, rest


def place_in_cells(places: pd.DataFrame, mapping: ZonesFromCells) -> Placement:
    """Each H3 cell that holds a record is a zone, its polygon the cell's, named by its main street.

    Points more than a degree from the median are taken for errors.
    """
    placement = Placement.nowhere(len(places))
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    known = np.isfinite(lon + lat)
    placement.refuse(~known, "no coordinates")
    if not known.any():
        placement.zones = derived_zones(*[np.array([], dtype=object)] * 3)
        return placement
    far = known & (
        (np.abs(lon - np.median(lon[known])) > _FAR_DEGREES)
        | (np.abs(lat - np.median(lat[known])) > _FAR_DEGREES)
    )
    placement.refuse(far, "coordinates far from the town")
    rows = np.flatnonzero(known & ~far)
    points, inverse = np.unique(np.column_stack([lat, lon])[rows], axis=0, return_inverse=True)
    cells = [h3.latlng_to_cell(*point, mapping.resolution) for point in points.tolist()]
    placement.zone_id[rows] = np.array(cells, dtype=object)[inverse.ravel()]
    ids = sorted(set(cells))
    shapes = [shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(cell)]) for cell in ids]
    names = _main_streets(placement.zone_id[rows], places["street"].iloc[rows], ids)
    geometry = np.array([*shapely.to_wkb(np.array(shapes)), None], dtype=object)[:-1]
    placement.zones = derived_zones(np.array(ids), names, geometry)
    return placement


def _main_streets(cells: np.ndarray, streets: pd.Series, ids: list[str]) -> list[str]:
    table = pd.DataFrame({"cell": cells, "street": streets.to_numpy()})
    table = table[table["street"] != ""].value_counts(sort=False).reset_index(name="rows")
    table = table.sort_values(["rows", "street"], ascending=[False, True])
    main = table.drop_duplicates("cell").set_index("cell")["street"]
    clean = scrub(main.astype("str"), set()) if len(main) else main
    return [clean.get(cell, cell) for cell in ids]
