"""How QGIS shows the layers of a week: the page's colours, names of columns, labels."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from infraction_model.maps.characters import xml_text
from infraction_model.maps.files.qgis import Categories, Kind, Label, Ranges, Symbol, qml
from infraction_model.maps.routes import WeekPlan
from infraction_model.maps.scale import (
    ABSENT_COLOUR,
    COLOURS,
    class_breaks,
    class_places,
    tier_colours,
)
from infraction_model.maps.texts import tier_words, words_for
from infraction_model.maps.ways import shift_title, team_colours
from infraction_model.maps.week import MapWeek
from infraction_model.wording import percent, words

_KINDS: dict[str, Kind] = {"MultiPolygon": "area", "MultiLineString": "line", "MultiPoint": "point"}
_SHAPES = {"yield": "circle", "safety": "triangle", "explore": "diamond"}
_INK = "#17202b"
_NAMES_FROM = 12_000  # 1 : n, below which names of zones have room
_NUMBERS_FROM = 40_000
_NAME = 'left("name", 60)'


def styles_table(
    layers: Mapping[str, pd.DataFrame], week: MapWeek, plan: WeekPlan | None, language: str
) -> pd.DataFrame:
    """The table `layer_styles`, as QGIS keeps styles in a GeoPackage; one default per layer.

    Zones are coloured by the tier of their best hour, or, to be chosen, by its probability; stops
    by shift, or by purpose. Layers without shapes have no style.
    """
    said = words("exports", language)
    rows = []
    for name, table in layers.items():
        if "geom" not in table:
            continue
        aliases = _aliases(table, week, language)
        if name.startswith("zones"):
            kind = _KINDS[next(shape for shape in table["geom"] if shape is not None).geom_type]
            by_tier, by_chance = _zone_styles(kind, week, language, aliases)
            rows.append(_row(name, said["style_tiers"], by_tier, True))
            rows.append(_row(name, said["style_probability"], by_chance, False))
        elif plan is not None and name == "stops":
            by_shift, by_purpose = _stop_styles(plan, aliases, language)
            rows.append(_row(name, said["style_shifts"], by_shift, True))
            rows.append(_row(name, said["style_purpose"], by_purpose, False))
        elif plan is not None and name == "routes":
            by_shift = qml("line", _shifts(plan, language, False), None, aliases)
            rows.append(_row(name, said["style_shifts"], by_shift, True))
    columns = ["f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"]
    columns += ["styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui"]
    table = pd.DataFrame(rows, columns=[*columns, "update_time"])
    return table.astype({"useAsDefault": bool, "update_time": "datetime64[ms, UTC]"})


def _row(layer: str, name: str, style: str, default: bool) -> dict[str, object]:
    """A row of the table; QGIS looks a style up by the empty text in catalogue and schema."""
    return {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": layer,
        "f_geometry_column": "geom",
        "styleName": name,
        "styleQML": style,
        "styleSLD": "",
        "useAsDefault": default,
        "description": name,
        "owner": "",
        "ui": "",
        "update_time": pd.Timestamp(0, tz="UTC"),
    }


def _zone_styles(
    kind: Kind, week: MapWeek, language: str, aliases: Mapping[str, str]
) -> tuple[str, str]:
    said = words("map", language)
    colours = [colour for colour, _ in tier_colours(len(week.tier_shares))]
    tiers = [
        (str(tier), f"{said['tier'].format(tier=tier)} ({text})", Symbol(colour))
        for tier, (text, colour) in enumerate(
            zip(tier_words(week.tier_shares, language), colours, strict=True), start=1
        )
    ]
    absent = ("", words("exports", language)["no_figures"], Symbol(ABSENT_COLOUR))
    by_tier = Categories("best_tier", [*tiers, absent])
    label = Label(_NAME, _NAMES_FROM)
    return (
        qml(kind, by_tier, label, aliases, draw_last="best_rank"),
        qml(kind, _ranges(week, language), label, aliases, draw_last="best_rank"),
    )


def _ranges(week: MapWeek, language: str) -> Ranges:
    """The classes of the page, the highest first, so that a break belongs to the class above it."""
    breaks = class_breaks(week.probability)
    bounds = [0.0, *breaks, 1.0]
    colours = [COLOURS[place][0] for place in class_places(len(breaks) + 1)]
    classes = [
        (low, high, f"{percent(low, language)} – {percent(high, language)}", Symbol(colour))
        for low, high, colour in zip(bounds[:-1], bounds[1:], colours, strict=True)
    ]
    return Ranges("best_probability", classes[::-1])


def _stop_styles(plan: WeekPlan, aliases: Mapping[str, str], language: str) -> tuple[str, str]:
    purposes = words("visits", language)
    classes = [
        (purpose, purposes[purpose], Symbol("#ffffff", _INK, shape=shape, size=5.0))
        for purpose, shape in _SHAPES.items()
    ]
    label = Label('"sequence"', _NUMBERS_FROM, over=True)
    return (
        qml("point", _shifts(plan, language, True), label, aliases),
        qml("point", Categories("purpose", classes), label, aliases),
    )


def _shifts(plan: WeekPlan, language: str, stops: bool) -> Categories:
    """A class per shift in the colour of its team; those of the first day are shown at first."""
    colours = team_colours(plan)
    first = min((route.start.date() for route in plan.routes), default=None)
    classes = []
    for route in plan.routes:
        colour, shown = colours[route.team], route.start.date() == first
        symbol = (
            Symbol("#ffffff", colour, size=5.0, shown=shown)
            if stops
            else Symbol(colour, "#ffffff", width=0.7, shown=shown)
        )
        classes.append((route.shift_id, shift_title(route, language), symbol))
    return Categories("shift_id", classes)


def _aliases(table: pd.DataFrame, week: MapWeek, language: str) -> dict[str, str]:
    """What the columns are called in words, as the exposure basis needs them."""
    said = words("exports", language)
    basis = words_for(language, week.exposure_basis)
    measures = {"probability": basis["probability"], "expected": basis["expected"]}
    found = {}
    for column in table.columns:
        stem = "column_hours_tier" if column.startswith("hours_tier_") else f"column_{column}"
        if stem in said:
            tier = column.rpartition("_")[2]
            found[column] = xml_text(said[stem].format(tier=tier, **measures))
    return found
