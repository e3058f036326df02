"""The files of the open data folder, by name: tables, entities, pages, dictionary, catalogue."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from infraction_model.io.json_files import json_text
from infraction_model.open_data import files, ngsi
from infraction_model.open_data.dcat import Dataset, catalogue
from infraction_model.open_data.dictionary import Rules, describe, dictionary_csv
from infraction_model.open_data.geojson import geojson, shapes
from infraction_model.pipelines.publish.fines import fine_rules
from infraction_model.pipelines.publish.tables import Occupancy, OpenDataParameters, PublicRows
from infraction_model.pipelines.town import TownData
from infraction_model.reports import algorithm_sheet, open_data_page
from infraction_model.reports.algorithm_sheet import ModelFigures
from infraction_model.timegrid import monday
from infraction_model.wording import LANGUAGES, Language, by_language

PAGE, DICTIONARY, CATALOGUE = "index.html", "dictionnaire.csv", "catalogue.jsonld"
ENTITIES = "disponibilites.jsonld"
SHEET, INVENTORY = "algorithme.html", ("algorithme.csv", "algorithme.json")
_TEXTS = by_language("open_data")


@dataclass(frozen=True)
class Publication:
    """All that is published: the public tables, what they were made from, and of which town.

    `origin` is the week at whose beginning all this was known; `months` the rule under which each
    month of fines is published.
    """

    data: TownData
    zones: pd.DataFrame
    origin: int
    tables: Sequence[PublicRows]
    occupancy: Occupancy
    months: Mapping[str, Mapping[str, Any]]
    model: ModelFigures

    @property
    def day(self) -> dt.date:
        return monday(self.origin)


def contents(made: Publication, chosen: OpenDataParameters, language: Language) -> dict[str, bytes]:
    """Every file of the folder but its record, by name."""
    title = made.data.title
    publisher = dataclasses.replace(chosen.publisher, name=chosen.publisher.name or title)
    found = _data_files(made, publisher.name)
    sheet = algorithm_sheet.entries(made.model, chosen.sheet, title, made.day, language)
    found[SHEET] = algorithm_sheet.render(sheet, title, language).encode()
    found[INVENTORY[0]] = algorithm_sheet.inventory_csv(sheet, language)
    found[INVENTORY[1]] = json_text(algorithm_sheet.inventory_json(sheet, language)).encode()
    rules = Rules(chosen.k, chosen.occupancy, fine_rules(made.months))
    words = [describe(one.table, rules, language) for one in made.tables]
    found[DICTIONARY] = dictionary_csv(words)
    about = {
        "origin": made.day,
        "publisher": publisher,
        "k": chosen.k,
        "other_files": _other_files(found, language),
    }
    judged = None if made.occupancy.found is None else made.occupancy.found.judged
    found[PAGE] = open_data_page.render(words, judged, about, title, language).encode()
    found[CATALOGUE] = catalogue(
        _datasets(made, found, rules),
        found,
        publisher,
        {name: _TEXTS[name]["catalogue"].format(town=title) for name in LANGUAGES},
        {name: _TEXTS[name]["lead"] for name in LANGUAGES},
        made.day,
        _bounds(made),
        PAGE,
    ).encode()
    return found


def _data_files(made: Publication, publisher: str) -> dict[str, bytes]:
    """The tables as CSV and GeoJSON, and the coming week as NGSI-LD entities."""
    placed = shapes(made.zones)
    found: dict[str, bytes] = {}
    for one in made.tables:
        found[f"{one.table.name}.csv"] = files.csv([one.rows])
        if one.zone_ids is not None:
            text = geojson(one.rows, one.table, one.zone_ids, placed)
            found[f"{one.table.name}.geojson"] = text.encode()
    coming = made.occupancy.coming
    if coming is not None:
        text = ngsi.entities(coming, made.zones, placed, made.data.name, publisher)
        found[ENTITIES] = text.encode()
    return found


def _other_files(found: Mapping[str, bytes], language: Language) -> list[tuple[str, str]]:
    """The files that are no tables, and what each of them is."""
    said = _TEXTS[language]["files"]
    named = [
        (ENTITIES, said["entities"]),
        (DICTIONARY, said["dictionary"]),
        (CATALOGUE, said["catalogue"]),
        (SHEET, said["sheet"]),
        (INVENTORY[0], said["inventory_csv"]),
        (INVENTORY[1], said["inventory_json"]),
    ]
    return [(name, what) for name, what in named if name in found or name == CATALOGUE]


def _datasets(made: Publication, found: Mapping[str, bytes], rules: Rules) -> list[Dataset]:
    """What the catalogue says of each table, and of the sheet."""
    datasets = []
    for one in made.tables:
        words = {name: describe(one.table, rules, name) for name in LANGUAGES}
        names = [f"{one.table.name}.{kind}" for kind in ("csv", "geojson", "jsonld")]
        datasets.append(
            Dataset(
                one.table.name,
                {name: said.title for name, said in words.items()},
                {name: f"{said.what} {said.rule}" for name, said in words.items()},
                [name for name in names if name in found],
                one.table.renewed,
                _days(one, made.origin),
                _TEXTS["fr"]["keywords"],
            )
        )
    sheet = Dataset(
        "algorithme",
        {name: _TEXTS[name]["files"]["sheet"] for name in LANGUAGES},
        {name: _TEXTS[name]["sheet_what"] for name in LANGUAGES},
        [SHEET, *INVENTORY],
        "IRREG",
        None,
        _TEXTS["fr"]["keywords"],
    )
    return [*datasets, sheet]


def _days(one: PublicRows, origin: int) -> tuple[dt.date, dt.date]:
    """The first and the last day that a table is about."""
    if "mois" in one.rows:
        months = pd.PeriodIndex(one.rows["mois"], freq="M")
        return months.min().start_time.date(), months.max().end_time.date()
    first, weeks = origin, 1
    if one.table is files.HOURLY:
        weeks = int(one.rows["semaines"].max())
        first = origin - weeks
    return monday(first), monday(first + weeks) - dt.timedelta(days=1)


def _bounds(made: Publication) -> tuple[float, float, float, float] | None:
    """West, south, east and north of the town, None where unknown.

    Of its own zones and those in the tables: one known from a fine alone must not stretch them.
    """
    told = {zone for one in made.tables if one.zone_ids is not None for zone in one.zone_ids}
    public = made.zones["official"] | made.zones["zone_id"].isin(told)
    known = [shapely.from_wkb(wkb) for wkb in made.zones["geometry"][public] if wkb is not None]
    return tuple(shapely.total_bounds(known).tolist()) if known else None
