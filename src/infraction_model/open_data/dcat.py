"""The catalogue of what is published: DCAT-AP 3 as JSON-LD, its context inside.

Files are named relative to the catalogue, so it holds wherever the folder is put; an address makes
them absolute. Its language is that of the data, French, whatever that of the pages beside them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "geo": "http://www.opengis.net/ont/geosparql#",
}
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_MEDIA = {
    "csv": ("text/csv", "CSV"),
    "geojson": ("application/geo+json", "GEOJSON"),
    "jsonld": ("application/ld+json", "JSON_LD"),
    "json": ("application/json", "JSON"),
    "html": ("text/html", "HTML"),
}


@dataclass(frozen=True)
class Publisher:
    """Who publishes: what the catalogue says of it.

    `name` empty: the town's. `email` empty: none is stated. `address`: the web address of the
    folder in which the files are put, empty while there is none; `licence` that of the licence.
    """

    name: str = ""
    email: str = ""
    address: str = ""
    licence: str = "https://spdx.org/licenses/etalab-2.0"
    licence_name: str = "Licence Ouverte 2.0"


@dataclass(frozen=True)
class Dataset:
    """A data set: its names and texts by language, its files, what time it is about.

    `renewed`: a frequency of the EU's list; `days`: first and last day, None where it has none.
    """

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    files: Sequence[str]
    renewed: str
    days: tuple[dt.date, dt.date] | None = None
    keywords: Sequence[str] = ()


def catalogue(
    datasets: Sequence[Dataset],
    contents: Mapping[str, bytes],
    publisher: Publisher,
    title: Mapping[str, str],
    description: Mapping[str, str],
    issued: dt.date,
    bounds: tuple[float, float, float, float] | None,
    dictionary: str,
) -> str:
    """The catalogue of some data sets; `contents` are the bytes of their files.

    `publisher.name` is given. `bounds`: west, south, east, north of the town, None where unknown;
    `dictionary`: the file that says what the columns mean.
    """
    agent = {"@type": "foaf:Agent", "foaf:name": publisher.name}
    content = {
        "@context": CONTEXT,
        "@id": _place("catalogue.jsonld", publisher),
        "@type": "dcat:Catalog",
        "dct:title": _texts(title),
        "dct:description": _texts(description),
        "dct:publisher": agent,
        "dct:license": {"@id": publisher.licence},
        "dct:language": {"@id": f"{_AUTHORITY}/language/FRA"},
        "dct:issued": _date(issued),
        "dcat:dataset": [
            _dataset(one, contents, publisher, agent, issued, bounds, dictionary)
            for one in datasets
        ],
    }
    return json.dumps(content, ensure_ascii=True, allow_nan=False, indent=1) + "\n"


def _dataset(
    one: Dataset,
    contents: Mapping[str, bytes],
    publisher: Publisher,
    agent: dict[str, Any],
    issued: dt.date,
    bounds: tuple[float, float, float, float] | None,
    dictionary: str,
) -> dict[str, Any]:
    found = {
        "@id": f"{_place('catalogue.jsonld', publisher)}#{one.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": one.name,
        "dct:title": _texts(one.title),
        "dct:description": _texts(one.description),
        "dct:publisher": agent,
        "dct:modified": _date(issued),
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/{one.renewed}"},
        "dct:accessRights": {"@id": f"{_AUTHORITY}/access-right/PUBLIC"},
        "dct:language": {"@id": f"{_AUTHORITY}/language/FRA"},
        "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/TRAN"},
        "dcat:keyword": [{"@value": word, "@language": "fr"} for word in one.keywords],
        "foaf:page": {"@id": _place(dictionary, publisher)},
        "dcat:distribution": [_distribution(file, contents[file], publisher) for file in one.files],
    }
    if publisher.email:
        found["dcat:contactPoint"] = {
            "@type": "vcard:Organization",
            "vcard:fn": publisher.name,
            "vcard:hasEmail": {"@id": f"mailto:{publisher.email}"},
        }
    if bounds is not None:
        found["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": _box(bounds)}
    if one.days is not None:
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _date(one.days[0]),
            "dcat:endDate": _date(one.days[1]),
        }
    return found


def _distribution(file: str, content: bytes, publisher: Publisher) -> dict[str, Any]:
    media, format_name = _MEDIA[file.rpartition(".")[2]]
    place = {"@id": _place(file, publisher)}
    return {
        "@type": "dcat:Distribution",
        "dct:title": {"@value": file, "@language": "fr"},
        "dcat:accessURL": place,
        "dcat:downloadURL": place,
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"},
        "dct:format": {"@id": f"{_AUTHORITY}/file-type/{format_name}"},
        "dct:license": {"@id": publisher.licence},
        "dcat:byteSize": {"@value": str(len(content)), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {
                "@value": hashlib.sha256(content).hexdigest(),
                "@type": "xsd:hexBinary",
            },
        },
    }


def _place(file: str, publisher: Publisher) -> str:
    return f"{publisher.address.rstrip('/')}/{file}" if publisher.address else file


def _texts(by_language: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": name} for name, text in by_language.items()]


def _date(day: dt.date) -> dict[str, str]:
    return {"@value": str(day), "@type": "xsd:date"}


def _box(bounds: tuple[float, float, float, float]) -> dict[str, str]:
    west, south, east, north = (f"{value:.4f}" for value in bounds)
    corners = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    return {"@value": f"POLYGON(({corners}))", "@type": "geo:wktLiteral"}
