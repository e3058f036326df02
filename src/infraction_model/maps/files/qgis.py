"""Styles that QGIS reads (QML): colours, legend, names of columns and labels of a layer.

Written from what QGIS 3.22 reads and writes. Properties of a symbol are given in both of its
spellings, `Option` (since 3.20) and `prop` (before), as QGIS itself did for years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from infraction_model.maps.characters import xml_text

Kind = Literal["point", "line", "area"]

_GEOMETRY_TYPE = {"point": "0", "line": "1", "area": "2"}
_SYMBOL_TYPE = {"point": "marker", "line": "line", "area": "fill"}
_PLACEMENT = {"point": "6", "line": "3", "area": "4"}  # around, along, across
_OVER_POINT = "1"
_INK = "#17202b"
_EDGE = "#5b6672"


@dataclass(frozen=True)
class Label:
    """What stands beside each feature: an expression of QGIS, and from which scale on (1 : n)."""

    expression: str
    from_scale: int | None = None
    over: bool = False


@dataclass(frozen=True)
class Symbol:
    """How a feature is drawn: its colour and edge, widths and sizes in mm, the shape of a point.

    One that is not `shown` is there to be ticked in the legend.
    """

    colour: str
    edge: str = _EDGE
    width: float = 1.1
    shape: str = "circle"
    size: float = 2.6
    shown: bool = True


@dataclass(frozen=True)
class Categories:
    """A symbol for each value of a column, each with its words; the value "" is for the rest."""

    column: str
    of: Sequence[tuple[str, str, Symbol]]


@dataclass(frozen=True)
class Ranges:
    """A symbol for each range (low, high) of a column, each with its words.

    QGIS takes the first range that holds a value, bounds included: a bound belongs to the range
    named first.
    """

    column: str
    of: Sequence[tuple[float, float, str, Symbol]]


def qml(
    kind: Kind,
    classes: Categories | Ranges,
    label: Label | None,
    aliases: Mapping[str, str],
    draw_last: str | None = None,
) -> str:
    """The style of a layer of one kind of geometry, as XML.

    `aliases` gives columns the names that a reader sees; features are drawn in falling order of the
    column `draw_last`, so that its smallest value lies on top.
    """
    root = ET.Element(
        "qgis",
        version="3.22.0",
        styleCategories="Symbology|Labeling|Fields|GeometryOptions",
        labelsEnabled="0" if label is None else "1",
    )
    _renderer(root, kind, classes, draw_last)
    if label is not None:
        _labelling(root, kind, label)
    named = ET.SubElement(root, "aliases")
    for place, (column, name) in enumerate(aliases.items()):
        ET.SubElement(named, "alias", index=str(place), field=column, name=xml_text(name))
    ET.SubElement(root, "layerGeometryType").text = _GEOMETRY_TYPE[kind]
    return ET.tostring(root, encoding="unicode")


def _renderer(
    root: ET.Element, kind: Kind, classes: Categories | Ranges, draw_last: str | None
) -> None:
    graded = isinstance(classes, Ranges)
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="graduatedSymbol" if graded else "categorizedSymbol",
        attr=classes.column,
        symbollevels="0",
        forceraster="0",
        enableorderby="0" if draw_last is None else "1",
    )
    listed = ET.SubElement(renderer, "ranges" if graded else "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for place, (*value, words, symbol) in enumerate(classes.of):
        ticked = "true" if symbol.shown else "false"
        shown = {"symbol": str(place), "label": xml_text(words), "render": ticked}
        if graded:
            low, high = value
            ET.SubElement(listed, "range", lower=f"{low:.15g}", upper=f"{high:.15g}", **shown)
        else:
            ET.SubElement(listed, "category", value=xml_text(value[0]), **shown)
        _symbol(symbols, str(place), kind, symbol)
    if draw_last is not None:
        order = ET.SubElement(renderer, "orderby")
        clause = ET.SubElement(order, "orderByClause", asc="0", nullsFirst="1")
        clause.text = f'"{draw_last}"'


def _symbol(parent: ET.Element, name: str, kind: Kind, symbol: Symbol) -> None:
    element = ET.SubElement(
        parent, "symbol", name=name, type=_SYMBOL_TYPE[kind], alpha="1", clip_to_extent="1"
    )
    for layer, properties in _drawn(kind, symbol):
        drawn = ET.SubElement(
            element, "layer", {"class": layer, "pass": "0", "enabled": "1", "locked": "0"}
        )
        options = ET.SubElement(drawn, "Option", type="Map")
        for key, value in properties.items():
            ET.SubElement(options, "Option", name=key, type="QString", value=value)
        for key, value in properties.items():
            ET.SubElement(drawn, "prop", k=key, v=value)


def _drawn(kind: Kind, symbol: Symbol) -> list[tuple[str, dict[str, str]]]:
    """The layers of a symbol from the lowest up: a line has an edge, so that pale ones are seen."""
    colour, edge = _rgba(symbol.colour), _rgba(symbol.edge)
    if kind == "area":
        outline = {"outline_color": edge, "outline_style": "solid", "outline_width": "0.2"}
        return [("SimpleFill", {"color": colour, "style": "solid", **outline})]
    if kind == "line":
        ends = {"line_style": "solid", "capstyle": "round", "joinstyle": "round"}
        return [
            ("SimpleLine", {"line_color": edge, "line_width": f"{symbol.width + 0.4:g}", **ends}),
            ("SimpleLine", {"line_color": colour, "line_width": f"{symbol.width:g}", **ends}),
        ]
    shape = {"name": symbol.shape, "size": f"{symbol.size:g}", "size_unit": "MM"}
    outline = {"outline_color": edge, "outline_style": "solid", "outline_width": "0.6"}
    return [("SimpleMarker", {"color": colour, **shape, **outline})]


def _labelling(root: ET.Element, kind: Kind, label: Label) -> None:
    settings = ET.SubElement(
        ET.SubElement(root, "labeling", type="simple"), "settings", calloutType="simple"
    )
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=label.expression,
        isExpression="1",
        namedStyle="Bold" if label.over else "Regular",
        fontWeight="75" if label.over else "50",
        fontSize="8",
        fontSizeUnit="Point",
        textColor=_rgba(_INK),
        textOpacity="1",
    )
    ET.SubElement(
        style,
        "text-buffer",
        bufferDraw="0" if label.over else "1",
        bufferSize="0.7",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,255",
        bufferOpacity="1",
    )
    placement = _OVER_POINT if label.over else _PLACEMENT[kind]
    ET.SubElement(settings, "placement", placement=placement, placementFlags="10", dist="1")
    limited = label.from_scale is not None
    ET.SubElement(
        settings,
        "rendering",
        drawLabels="1",
        scaleVisibility="1" if limited else "0",
        scaleMin="1",
        scaleMax=str(label.from_scale) if limited else "0",
        obstacle="1",
        displayAll="1" if label.over else "0",
    )


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},255"
