"""Messages in every form that is read, and what is said of those that cannot be."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.alerts.events import BayChange, Event, Reading, Ticket, Verdict
from infraction_model.alerts.messages import LARGEST, read_message
from infraction_model.alerts.plain import BadMessage, PlainMessage, plain_schema

AT = 1_773_129_600  # 2026-03-10 09:00 in Paris
ISO = "2026-03-10T09:00:00+01:00"


def read(message: object) -> list:
    """The events of a message given as a value."""
    return read_message(json.dumps(message).encode())


def refused(message: object) -> str:
    """Why a message is refused."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    with pytest.raises(BadMessage) as caught:
        read_message(payload)
    return caught.value.reason


PLAIN = {"bay": "S1-01", "zone": "S1", "status": "occupied", "at": ISO}


def test_the_plain_form():
    assert read(PLAIN) == [BayChange("S1-01", "S1", True, AT)]
    assert read({"bay": "S1-01", "status": "free", "at": AT}) == [
        BayChange("S1-01", None, False, AT)
    ]
    more = {**PLAIN, "at": AT + 0.9, "kinds": ["forDisabled"], "battery": 3.1}
    assert read(more) == [BayChange("S1-01", "S1", True, AT, ("forDisabled",))]


@pytest.mark.parametrize(
    "status, occupied", [("occupied", True), ("free", False), ("closed", False), ("unknown", None)]
)
def test_what_each_status_means(status, occupied):
    assert read({**PLAIN, "status": status})[0].occupied is occupied


def test_tickets_readings_and_verdicts():
    paid = {"zone": "S1", "from": ISO, "until": "2026-03-10T10:00:00+01:00"}
    assert read({"ticket": paid}) == [Ticket("S1", None, AT, AT + 3600, AT)]
    assert read({"ticket": {**paid, "bay": "S1-01", "at": AT - 60}}) == [
        Ticket("S1", "S1-01", AT, AT + 3600, AT - 60)
    ]
    assert read({"ticket": {**paid, "id": "M7-0012"}}) == [
        Ticket("S1", None, AT, AT + 3600, AT, "M7-0012")
    ]
    assert read({"reading": {"zone": "S1", "free": 3, "spaces": 10, "at": ISO}}) == [
        Reading("S1", None, 3, 10, AT)
    ]
    assert read({"verdict": {"alert": "abc", "right": False, "at": ISO}}) == [
        Verdict("abc", False, AT)
    ]


SPOT = {
    "id": "urn:ngsi-ld:ParkingSpot:S1-01",
    "type": "ParkingSpot",
    "status": {"type": "Property", "value": "occupied", "observedAt": "2026-03-10T08:00:00Z"},
    "category": {"type": "Property", "value": ["onStreet", "forDisabled"]},
    "refParkingSite": {"type": "Relationship", "object": "urn:ngsi-ld:OnStreetParking:S1"},
    "@context": ["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"],
}
KEY_VALUES = {
    "id": "urn:ngsi-ld:ParkingSpot:S1-01",
    "type": "ParkingSpot",
    "status": "occupied",
    "category": ["onStreet", "forDisabled"],
    "refParkingSite": "urn:ngsi-ld:OnStreetParking:S1",
    "dateObserved": "2026-03-10T08:00:00Z",
}
CONCISE = {
    **KEY_VALUES,
    "status": {"value": "occupied", "observedAt": "2026-03-10T08:00:00Z"},
    "refParkingSite": {"object": "urn:ngsi-ld:OnStreetParking:S1"},
    "dateObserved": "2001-01-01T00:00:00Z",
}
VERSION_2 = {
    "id": "S1-01",
    "type": "ParkingSpot",
    "status": {
        "value": "occupied",
        "metadata": {"timestamp": {"type": "DateTime", "value": "2026-03-10T08:00:00"}},
    },
    "category": {"value": ["onstreet", "forDisabled"]},
    "refParkingSite": {"type": "Relationship", "value": "S1"},
}
FULL_TYPE = {**SPOT, "type": "https://smartdatamodels.org/dataModel.Parking/ParkingSpot"}
FORMS = {
    "normalised": SPOT,
    "key-value": KEY_VALUES,
    "concise": CONCISE,
    "NGSI v2": VERSION_2,
    "type written in full": FULL_TYPE,
    "modified only": {**KEY_VALUES, "dateObserved": None, "dateModified": "2026-03-10T08:00:00Z"},
    "date as a JSON-LD value": {
        **KEY_VALUES,
        "dateObserved": {
            "type": "Property",
            "value": {"@type": "DateTime", "@value": "2026-03-10T08:00:00Z"},
        },
    },
}


@pytest.mark.parametrize("entity", FORMS.values(), ids=FORMS)
def test_every_form_of_a_parking_spot_says_the_same(entity):
    assert read(entity) == [BayChange("S1-01", "S1", True, AT, ("forDisabled",))]


def test_a_notification_and_a_list_hold_several_entities():
    free = {**KEY_VALUES, "id": "urn:ngsi-ld:ParkingSpot:S1-02", "status": "free"}
    expected = [
        BayChange("S1-01", "S1", True, AT, ("forDisabled",)),
        BayChange("S1-02", "S1", False, AT, ("forDisabled",)),
    ]
    notification = {
        "id": "urn:ngsi-ld:Notification:1",
        "type": "Notification",
        "data": [SPOT, free],
    }
    assert read(notification) == expected
    assert read([SPOT, free]) == expected
    undated = {key: value for key, value in KEY_VALUES.items() if key != "dateObserved"}
    told = {"subscriptionId": "1", "notifiedAt": "2026-03-10T08:00:00Z", "data": [undated]}
    assert read(told) == expected[:1]


def test_a_street_with_a_number_of_free_places():
    street = {
        "id": "urn:ngsi-ld:OnStreetParking:S1",
        "type": "OnStreetParking",
        "availableSpotNumber": {"type": "Property", "value": 3, "observedAt": ISO},
        "totalSpotNumber": {"type": "Property", "value": 10},
        "occupiedSpotNumber": {"type": "Property", "value": 7.0},
    }
    assert read(street) == [Reading("S1", 7, 3, 10, AT)]


REFUSED = {
    "not JSON": (b"{", "expected JSON"),
    "not UTF-8": (b'{"bay":"\xff"}', "expected JSON"),
    "not a number": (b'{"bay":"x","status":"free","at":NaN}', "expected JSON"),
    "too large": (b" " * (LARGEST + 1), "expected at most 65536 bytes, got 65537"),
    "too deep": (b"[" * 20000, "expected JSON"),
    "a number": (b"3", "got 3"),
    "an empty list": (b"[]", "got []"),
    "nothing known": ({}, "one of the keys bay, ticket, reading, verdict"),
    "no time": ({"bay": "x", "status": "free"}, "key 'at' is missing beside bay 'x'"),
    "no status": ({"bay": "x", "at": AT}, "key 'status' is missing"),
    "no offset": ({**PLAIN, "at": "2026-03-10T09:00:00"}, "timezone component"),
    "milliseconds": ({**PLAIN, "at": 1000 * AT}, "at `$.at`, got 1773129600000"),
    "long ago": ({**PLAIN, "at": "1970-01-01T00:00:00Z"}, "from 2000 to 2100"),
    "a status of its own": ({**PLAIN, "status": "full"}, "expected one of occupied, free"),
    "a number for a name": ({**PLAIN, "bay": 7}, "at `$.bay`, got 7"),
    "no name": ({**PLAIN, "bay": ""}, "length >= 1"),
    "a line break at the end": ({**PLAIN, "bay": "a\n"}, "$.bay"),
    "a kind with a line break": ({**PLAIN, "kinds": ["loading\n"]}, "$.kinds"),
    "an id with a line break": ({**KEY_VALUES, "id": "S1-01\n"}, "key 'id'"),
    "a category with a line break": ({**KEY_VALUES, "category": ["loading\n"]}, "key 'category'"),
    "a category of two words": ({**KEY_VALUES, "category": ["on street"]}, "key 'category'"),
    "control characters": ({**PLAIN, "bay": "a\nb"}, "$.bay"),
    "too many kinds": ({**PLAIN, "kinds": ["a"] * 17}, "$.kinds"),
    "a ticket of nowhere": ({"ticket": {"from": AT, "until": AT + 60}}, "a zone or a bay"),
    "a ticket that ends first": (
        {"ticket": {"zone": "S1", "from": AT, "until": AT}},
        "key 'ticket.until'",
    ),
    "a ticket of years": (
        {"ticket": {"zone": "S1", "from": AT, "until": AT + 10**8}},
        "by a year at most",
    ),
    "a reading of nothing": ({"reading": {"zone": "S1", "at": AT}}, "expected free, vehicles"),
    "fewer than none": ({"reading": {"zone": "S1", "at": AT, "free": -1}}, "at `$.reading.free`"),
    "another type": ({"type": "Vehicle", "id": "x"}, "ParkingSpot or OnStreetParking"),
    "a spot without a time": ({"type": "ParkingSpot", "id": "x", "status": "free"}, "a time at"),
    "a spot without a status": ({"type": "ParkingSpot", "id": "x"}, "key 'status'"),
    "a spot with a list": ({**KEY_VALUES, "status": ["free"]}, "key 'status'"),
    "a spot without an id": ({**KEY_VALUES, "id": None}, "key 'id'"),
    "a spot dated by a word": ({**KEY_VALUES, "dateObserved": "noon"}, "key 'dateObserved'"),
    "a spot dated by a number": ({**KEY_VALUES, "dateObserved": 3}, "got 3"),
    "categories that are numbers": ({**KEY_VALUES, "category": [3]}, "key 'category'"),
    "half a space": (
        {"type": "OnStreetParking", "id": "S1", "availableSpotNumber": 1.5, "dateObserved": ISO},
        "a whole number",
    ),
    "true spaces": (
        {"type": "OnStreetParking", "id": "S1", "availableSpotNumber": True, "dateObserved": ISO},
        "a whole number",
    ),
    "a street that says nothing": ({"type": "OnStreetParking", "id": "S1"}, "availableSpotNumber"),
    "one bad entity": ([SPOT, {**KEY_VALUES, "status": "full"}], "entity 1: key 'status'"),
    "data that is no list": ({"type": "Notification", "data": 3}, "key 'data'"),
}


@pytest.mark.parametrize("message, said", REFUSED.values(), ids=REFUSED)
def test_a_bad_message_says_what_is_wrong_with_it(message, said):
    reason = refused(message)
    assert said in reason
    assert len(reason) < 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
keys = st.sampled_from([*PLAIN, *KEY_VALUES, "ticket", "reading", "verdict", "data", "kinds"])


@given(st.binary(max_size=60) | st.dictionaries(keys, json_values, max_size=6).map(
    lambda value: json.dumps(value).encode()
))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_nothing_but_a_bad_message_comes_of_nonsense(payload):
    with contextlib.suppress(BadMessage):
        assert all(isinstance(event, Event) for event in read_message(payload))


@pytest.mark.parametrize("depth", [50, 400, 950, 6000])
def test_values_in_values_in_values_are_refused(depth):
    inner = b'{"value":' * depth + b"1" + b"}" * depth
    assert refused(b'{"type":"ParkingSpot","id":"x","status":' + inner + b"}")


EVERY_FIELD = [
    *(b'{"%s":%%s}' % key for key in (b"bay", b"status", b"at", b"zone", b"kinds", b"ticket")),
    *(b'{"ticket":{"%s":%%s}}' % key for key in (b"zone", b"from", b"id")),
    b'{"reading":{"free":%s}}',
    b'{"verdict":{"alert":%s}}',
    b'{"type":"ParkingSpot","id":"x","status":"free","category":%s}',
    b'{"type":"ParkingSpot","id":%s,"status":"free","dateObserved":"2026-03-10T08:00:00Z"}',
    b'{"type":"OnStreetParking","id":"S1","availableSpotNumber":%s}',
    b'{"type":%s}',
    b'{"data":%s}',
    b"[%s]",
    b"%s",
]


@pytest.mark.parametrize("field", EVERY_FIELD)
@pytest.mark.parametrize("opens, closes", [(b"[", b"]"), (b'{"value":', b"}"), (b'{"data":', b"}")])
def test_values_nested_nearly_as_deep_as_can_be_decoded_are_refused(field, opens, closes):
    for depth in range(900, 1001, 3):
        refused(field % (opens * depth + b"1" + closes * depth))


def test_the_schema_in_the_docs_is_the_one_that_is_read_by():
    written = Path(__file__).parents[2] / "docs" / "live_messages.schema.json"
    again = "written anew by json.dumps(plain_schema(), indent=2)"
    assert json.loads(written.read_text(encoding="utf-8")) == plain_schema(), again


def test_the_schema_of_the_plain_form_holds_what_is_read():
    schema = plain_schema()
    properties = schema["$defs"]["PlainMessage"]["properties"]
    assert set(properties) == {field.encode_name for field in msgspec.structs.fields(PlainMessage)}
    assert properties["status"]["anyOf"][0]["enum"] == ["closed", "free", "occupied", "unknown"]
