"""The published files as other programs read them, and names that mean harm."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
import re

import jsonschema
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rdflib
import shapely

from infraction_model.errors import InputError
from infraction_model.occupancy.availability import Availability
from infraction_model.open_data import files, ngsi
from infraction_model.open_data.dcat import Dataset, Publisher, catalogue
from infraction_model.open_data.dictionary import FineRule, Rules, describe, dictionary_csv
from infraction_model.open_data.fines import FineParameters
from infraction_model.open_data.geojson import geojson, shapes
from infraction_model.open_data.occupancy import PublicOccupancy, coming_week
from infraction_model.timegrid import week_starting

HOSTILE = '=HYPERLINK("http://x";"y")</script>\u2028'
ORIGIN = dt.date(2024, 6, 3)
AREA = shapely.Polygon([(3.0, 49.8), (3.0, 49.81), (3.01, 49.81), (3.01, 49.8)])
STREET = shapely.LineString([(3.0123456789, 49.8), (3.02, 49.8)])
ZONES = pd.DataFrame(
    {
        "zone_id": ["A/1 é", "B", "C"],
        "name": [HOSTILE, "Rue B", "Rue C"],
        "geometry": pd.Series([shapely.to_wkb(AREA), shapely.to_wkb(STREET), None], dtype=object),
        "max_stay_minutes": [120.0, np.nan, 90.0],
    }
)
COUNTED = FineRule("2024-01", "2024-03", 5, 60, FineParameters().groups)
RULES = Rules(5, PublicOccupancy(), [COUNTED])

# Written from the Smart Data Model's documentation (OnStreetParking) and from ETSI GS CIM 009: the
# attributes this software uses, their NGSI-LD type and the type of their value.
PROPERTY = {
    "type": "object",
    "properties": {"type": {"const": "Property"}},
    "required": ["type", "value"],
}


def valued(schema: dict) -> dict:
    return {**PROPERTY, "properties": {**PROPERTY["properties"], "value": schema}}


COUNT = {"type": "integer", "minimum": 0}
DATE_TIME = {
    "type": "object",
    "properties": {
        "@type": {"const": "DateTime"},
        "@value": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:00:00Z$"},
    },
    "required": ["@type", "@value"],
    "additionalProperties": False,
}
HOUR = {
    "type": "object",
    "properties": {
        "type": {"const": "Property"},
        "value": COUNT,
        "datasetId": {"pattern": "^urn:ngsi-ld:Dataset:[A-Za-z0-9:-]+$"},
        "validFrom": valued(DATE_TIME),
        "validTo": valued(DATE_TIME),
        "minimum": valued(COUNT),
        "maximum": valued(COUNT),
    },
    "required": ["type", "value", "datasetId", "validFrom", "validTo"],
    "additionalProperties": False,
}
ON_STREET_PARKING = {
    "type": "object",
    "properties": {
        "@context": {"type": "array", "items": {"type": "string", "format": "uri"}},
        "id": {"pattern": r"^urn:ngsi-ld:OnStreetParking:[\w.%-]+:[\w.%-]+$"},
        "type": {"const": "OnStreetParking"},
        "name": valued({"type": "string"}),
        "dataProvider": valued({"type": "string"}),
        "allowedVehicleType": valued({"enum": ["car", "anyVehicle"]}),
        "totalSpotNumber": valued(COUNT),
        "availableSpotNumber": {"type": "array", "minItems": 1, "items": HOUR},
        "occupancyDetectionType": valued(
            {"type": "array", "items": {"enum": ["singleSpaceDetection", "modelBased"]}}
        ),
        "maximumParkingDuration": valued({"pattern": r"^PT\d+M$"}),
        "location": {
            "type": "object",
            "properties": {
                "type": {"const": "GeoProperty"},
                "value": {
                    "type": "object",
                    "properties": {"type": {"enum": ["LineString", "Polygon", "MultiPolygon"]}},
                    "required": ["type", "coordinates"],
                },
            },
            "required": ["type", "value"],
        },
    },
    "required": ["@context", "id", "type", "location"],
    "additionalProperties": False,
}


def coming() -> pd.DataFrame:
    """The coming week of three zones."""
    shape = (3, 168)
    expected = np.random.default_rng(1).uniform(0.2, 0.8, shape)
    bases = np.array(["sensors", "fallback", "readings"])
    ends = (expected - 0.2, expected + 0.2)
    found = Availability(tuple(ZONES["zone_id"]), bases, expected, *ends, pd.DataFrame())
    spaces = pd.Series(10, index=ZONES["zone_id"])
    return coming_week(found, spaces, week_starting(ORIGIN), "Europe/Paris")


def test_the_geojson_is_read_by_another_program(tmp_path):
    frame = coming()
    rows = files.public(files.with_names(frame, ZONES), files.COMING)
    text = geojson(rows, files.COMING, frame["zone_id"], shapes(ZONES))
    path = tmp_path / "disponibilites.geojson"
    path.write_text(text, encoding="utf-8")
    read = pyogrio.read_dataframe(path)
    assert len(read) == 3
    assert read.geometry.iloc[0].equals(AREA)
    assert read.geometry.iloc[0].exterior.is_ccw
    assert read.geometry.iloc[2] is None
    assert read.geometry.iloc[1].coords[0] == (3.012346, 49.8)
    assert read["places"].tolist() == [10, 10, 10]
    first = json.loads(text)["features"][0]["properties"]
    assert list(first) == [column.name for column in files.COMING.columns]
    assert len(first["places_libres"]) == 168
    assert first["places_libres"] == frame["free"].iloc[:168].tolist()
    assert first["debut"][8] == "2024-06-03T08:00:00+02:00"


def test_what_is_withheld_is_null_in_the_geojson_and_empty_in_the_csv():
    frame = pd.DataFrame(
        {
            "zone_id": ["B", "B"],
            "month": ["2024-03", "2024-03"],
            "group": ["paiement", "ensemble"],
            "count": pd.array([pd.NA, 12], dtype="Int64"),
            "status": ["secret", "publie"],
        }
    )
    rows = files.public(files.with_names(frame, ZONES), files.FINES)
    text = geojson(rows, files.FINES, frame["zone_id"], shapes(ZONES))
    assert json.loads(text)["features"][0]["properties"]["nombre"] == [None, 12]
    written = files.csv([rows])
    assert b";paiement;;secret\r\n" in written
    pd.testing.assert_frame_equal(files.parse(written, files.FINES, "x.csv"), rows)


def test_an_entity_per_zone_follows_the_smart_data_model():
    text = ngsi.entities(coming(), ZONES, shapes(ZONES), "demo", HOSTILE)
    found = json.loads(text)
    for entity in found:
        jsonschema.validate(entity, ON_STREET_PARKING)
    # the zone without a place has no entity: the model requires a location
    assert [one["id"].rpartition(":")[2] for one in found] == ["A%2F1%20%C3%A9", "B"]
    hours = found[0]["availableSpotNumber"]
    assert len(hours) == 168
    # one without would be the number free now, which a forecast is not
    assert len({one["datasetId"] for one in hours}) == 168
    starts = [one["validFrom"]["value"]["@value"] for one in hours]
    assert starts[0] == "2024-06-02T22:00:00Z"
    assert starts[1:] == [one["validTo"]["value"]["@value"] for one in hours[:-1]]
    for one in hours:
        assert one["minimum"]["value"] <= one["value"] <= one["maximum"]["value"] <= 10
    assert found[0]["maximumParkingDuration"]["value"] == "PT120M"
    assert "maximumParkingDuration" not in found[1]
    assert [one["occupancyDetectionType"]["value"][0] for one in found] == [
        "singleSpaceDetection",
        "modelBased",
    ]
    text.encode("utf-8")


def made_catalogue(**publisher: str) -> str:
    contents = {"a.csv": b"x;y\r\n", "a.geojson": b"{}", "a.jsonld": b"[]"}
    words = {"fr": HOSTILE, "en": "A thing"}
    days = (dt.date(2024, 1, 1), dt.date(2024, 3, 31))
    dataset = Dataset("a", words, words, list(contents), "MONTHLY", days, ["stationnement"])
    return catalogue(
        [dataset], contents, Publisher(name="Ville", **publisher), words, words, ORIGIN,
        (3.0, 49.8, 3.1, 49.9), "index.html",
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib's own parser
def test_the_catalogue_is_dcat_ap_to_a_reader_of_rdf():
    """What DCAT-AP 3 makes mandatory or recommends, asked of the graph."""
    graph = rdflib.Graph()
    graph.parse(
        data=made_catalogue(email="x@example.org"),
        format="json-ld",
        publicID="https://data.example.org/parking/",
    )
    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.DCTERMS
    spdx = rdflib.Namespace("http://spdx.org/rdf/terms#")
    [top] = graph.subjects(rdflib.RDF.type, dcat.Catalog)
    [one] = graph.objects(top, dcat.dataset)
    for subject in (top, one):
        assert {text.language for text in graph.objects(subject, dct.title)} == {"fr", "en"}
        assert len(list(graph.objects(subject, dct.description))) == 2
        [agent] = graph.objects(subject, dct.publisher)
        assert graph.value(agent, rdflib.FOAF.name).value == "Ville"
    assert graph.value(one, dct.accrualPeriodicity).endswith("/frequency/MONTHLY")
    assert graph.value(one, dcat.theme).endswith("/data-theme/TRAN")
    contact = graph.value(one, dcat.contactPoint)
    vcard = rdflib.Namespace("http://www.w3.org/2006/vcard/ns#")
    assert graph.value(contact, vcard.hasEmail) == rdflib.URIRef("mailto:x@example.org")
    period = graph.value(one, dct.temporal)
    assert graph.value(period, dcat.startDate).value == dt.date(2024, 1, 1)
    assert graph.value(period, dcat.endDate).value == dt.date(2024, 3, 31)
    box = graph.value(graph.value(one, dct.spatial), dcat.bbox)
    assert shapely.from_wkt(str(box)).bounds == (3.0, 49.8, 3.1, 49.9)
    found = list(graph.objects(one, dcat.distribution))
    assert len(found) == 3
    media = set()
    for distribution in found:
        url = graph.value(distribution, dcat.accessURL)
        assert url.startswith("https://data.example.org/parking/a.")
        assert graph.value(distribution, dct.license).endswith("etalab-2.0")
        media.add(str(graph.value(distribution, dcat.mediaType)).rpartition("media-types/")[2])
        assert graph.value(distribution, dcat.byteSize).value in (2, 5)
        if url.endswith("csv"):
            digest = graph.value(graph.value(distribution, spdx.checksum), spdx.checksumValue)
            assert str(digest) == hashlib.sha256(b"x;y\r\n").hexdigest()
            assert (
                graph.value(graph.value(distribution, spdx.checksum), spdx.algorithm)
                == spdx.checksumAlgorithm_sha256
            )
    assert media == {"text/csv", "application/geo+json", "application/ld+json"}


def test_an_address_makes_the_catalogues_files_absolute():
    named = json.loads(made_catalogue(address="https://opendata.example.org/x/"))
    [one] = named["dcat:dataset"]
    urls = [part["dcat:accessURL"]["@id"] for part in one["dcat:distribution"]]
    assert urls[0] == "https://opendata.example.org/x/a.csv"
    assert "dcat:contactPoint" not in one


def test_hostile_names_stay_text_in_every_file():
    frame = coming()
    rows = files.public(files.with_names(frame, ZONES), files.COMING)
    written = files.csv([rows]).decode("utf-8-sig")
    assert "\n=" not in written
    assert ";=" not in written
    assert rows["nom"].iloc[0].startswith("'=HYPERLINK")
    text = geojson(rows, files.COMING, frame["zone_id"], shapes(ZONES))
    text.encode("utf-8")
    assert "\u2028" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("table", files.TABLES, ids=lambda table: table.name)
def test_the_dictionary_says_what_every_column_means(table, language):
    words = describe(table, RULES, language)
    assert [column.name for column in words.columns] == [column.name for column in table.columns]
    assert all(column.meaning and column.kind for column in words.columns)
    assert "{" not in words.what + words.rule
    listed = pd.read_csv(io.BytesIO(dictionary_csv([words])), sep=";", encoding="utf-8-sig")
    assert listed["colonne"].tolist() == [column.name for column in table.columns]
    codes = {column.name: dict(column.codes) for column in words.columns}
    if "groupe" in codes:
        assert list(codes["groupe"]) == ["paiement", "gene", "protection", "autre", "ensemble"]
    if "statut" in codes:
        assert set(codes["statut"]) == {"publie", "secret"}


def test_the_dictionary_states_the_rule_of_each_period():
    """A month keeps the rule it was counted by, so one rule for all would be wrong for some."""
    later = dataclasses.replace(
        COUNTED, first="2024-04", last="2024-04", k=8, groups=COUNTED.groups | {"gene": ["loading"]}
    )
    words = describe(files.FINES, Rules(8, PublicOccupancy(), [COUNTED, later]), "fr")
    first, second = re.findall(r"2024-0\d à 2024-0\d\s: Moins de \d", words.rule)
    assert (first[:17], first[-1]) == ("2024-01 à 2024-03", "5")
    assert (second[:17], second[-1]) == ("2024-04 à 2024-04", "8")
    [groups] = [dict(column.codes) for column in words.columns if column.name == "groupe"]
    assert groups["gene"].count("2024-04") == 2
    assert "2024" not in groups["paiement"]


def test_a_zone_without_a_name_goes_by_its_id():
    zones = ZONES.assign(name=["", " ", "Rue C"])
    frame = pd.DataFrame({"zone_id": list(zones["zone_id"])})
    assert files.with_names(frame, zones)["name"].tolist() == ["A/1 é", "B", "Rue C"]
    found = json.loads(ngsi.entities(coming(), zones, shapes(zones), "demo", "Ville"))
    assert [entity["name"]["value"] for entity in found] == ["A/1 é", "B"]


@pytest.mark.parametrize(
    "content", [b"", b"zone_id;nom\r\nA;B\r\n", b'"', "mois;é".encode("cp1252")]
)
def test_a_file_that_is_not_ours_is_said(content):
    with pytest.raises(InputError, match=r"fines\.csv is not as this version writes it"):
        files.parse(content, files.FINES, "fines.csv")


def test_publisher_has_no_email_of_its_own():
    """Nothing is made up: what the town did not state is empty."""
    assert dataclasses.asdict(Publisher()) == {
        "name": "",
        "email": "",
        "address": "",
        "licence": "https://spdx.org/licenses/etalab-2.0",
        "licence_name": "Licence Ouverte 2.0",
    }
