"""The live server on a real socket: who gets in, what is told, and that nothing is missed."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import select
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator

import msgspec
import pytest
import requests

import made_live
from infraction_model.alerts.events import Alert, Reading
from infraction_model.errors import ConfigError, InputError
from infraction_model.io import live_server
from infraction_model.io.live_access import TOKEN, ServerParameters, access_for
from infraction_model.io.live_server import Served, serving
from infraction_model.io.live_view import LiveView

PAGE = "<!DOCTYPE html><title>live</title>"
GIVEN = "a-token-of-the-town-2026"
QUICK = {"port": 0, "look_seconds": 0.02}


@contextlib.contextmanager
def served(state, environment=None, **settings) -> Iterator[Served]:
    parameters = ServerParameters(**QUICK | settings)
    with (
        contextlib.closing(LiveView(state.path)) as view,
        serving(PAGE, view, parameters, environment or {}) as found,
    ):
        yield found


@pytest.fixture
def state(tmp_path):
    with contextlib.closing(made_live.MadeState(tmp_path / "live.sqlite")) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server that others can reach by a name, so that reading takes the token too."""
    path = tmp_path_factory.mktemp("shared") / "live.sqlite"
    with contextlib.closing(made_live.MadeState(path)) as made:
        made.put(made_live.alert("a1"))
        with served(made, {TOKEN: GIVEN}, names=("alertes.example.org",)) as found:
            yield found, made


def events(answer: requests.Response) -> Iterator[tuple[str, str | None, dict]]:
    """Server-sent events as a browser reads them: name, id, data."""
    told: dict[str, str] = {}
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line:
            field, _, value = line.partition(": ")
            told[field] = value
        elif told:
            yield told["event"], told.get("id"), json.loads(told["data"])
            told = {}


def asked(address: str, count: int, sent: bytes = b"") -> list[socket.socket]:
    """So many connections, each of which has sent this much."""
    host, port = address.removeprefix("http://").split(":")
    opened = [socket.create_connection((host, int(port)), timeout=10) for _ in range(count)]
    for one in opened:
        one.sendall(sent)
    return opened


def close(connections: list[socket.socket]) -> None:
    for one in connections:
        one.close()


@contextlib.contextmanager
def following(address: str, last: str | None = None):
    headers = {} if last is None else {"Last-Event-ID": last}
    with requests.get(f"{address}/events", headers=headers, stream=True, timeout=10) as answer:
        yield events(answer)


def report(address: str, alert_id: str = "a1", token: str | None = None, **more):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    sent = {"json": {"right": True}, "timeout": 10, "headers": headers | more.pop("headers", {})}
    return requests.post(f"{address}/alerts/{alert_id}/verdict", **sent | more)


def test_open_alerts_are_told_as_they_are_in_the_state(state):
    kept = made_live.alerts(5, ["z1", "z2"])
    state.put(*kept, made_live.closed(made_live.alert("gone")))
    with served(state) as found:
        told = requests.get(f"{found.address}/alerts.json", timeout=10).json()
    assert (told["revision"], told["clock"]) == (1, made_live.NOON)
    alerts = msgspec.convert(told["alerts"], list[Alert])
    assert alerts == sorted(kept, key=lambda alert: -alert.value)


def test_free_places_are_those_told_or_those_not_taken(state):
    readings = [
        Reading("a", None, 12, 40, 1),
        Reading("b", 35, None, 40, 2),
        Reading("c", 44, None, 40, 3),
        Reading("d", 3, None, None, 4),
    ]
    state.put(readings=tuple(readings))
    with served(state) as found:
        told = requests.get(f"{found.address}/alerts.json", timeout=10).json()
    assert [(one["zone_id"], one["free"]) for one in told["places"]] == [
        ("a", 12),
        ("b", 5),
        ("c", 0),
    ]


def test_changes_come_as_they_happen_and_a_broken_line_misses_none(state):
    """Whatever is heard before and after breaks adds up to what is open in the end."""
    dice = random.Random(7)
    alerts = {one.alert_id: one for one in made_live.alerts(12, ["z1", "z2"])}
    known: dict[str, Alert] = {}
    last = None
    state.put(*list(alerts.values())[:3])
    with served(state) as found:
        for _ in range(4):
            with following(found.address, last) as heard:
                for _ in range(3):
                    for alert_id in dice.sample(sorted(alerts), 3):
                        if dice.random() < 0.4:
                            alerts[alert_id] = made_live.closed(alerts[alert_id])
                    state.put(*dice.sample(list(alerts.values()), 5))
                    name, last, news = next(heard)
                    if name == "all":
                        known.clear()
                    known |= {a.alert_id: a for a in msgspec.convert(news["alerts"], list[Alert])}
            state.put(*dice.sample(list(alerts.values()), 5))  # while nobody listens
        with following(found.address, last) as heard:
            while int(last) < state.revision:
                _, last, news = next(heard)
                known |= {a.alert_id: a for a in msgspec.convert(news["alerts"], list[Alert])}
        now_open = requests.get(f"{found.address}/alerts.json", timeout=10).json()["alerts"]
    still = {name: alert for name, alert in known.items() if alert.closed_at is None}
    assert still == {a.alert_id: a for a in msgspec.convert(now_open, list[Alert])}


def test_a_state_begun_anew_is_told_whole_to_who_knew_the_old_one(state):
    state.put(made_live.alert("a1"))
    with served(state) as found, following(found.address, "999") as heard:
        name, told, news = next(heard)
    assert (name, told, len(news["alerts"])) == ("all", "1", 1)


def test_who_knows_all_hears_that_the_line_stands(state):
    state.put(made_live.alert("a1"))
    quick = served(state, heartbeat_seconds=0.1)
    with quick as found, following(found.address, "1") as heard:
        assert next(heard) == ("beat", None, {"clock": made_live.NOON})


def test_no_more_readers_than_the_server_bears(state):
    state.put(made_live.alert("a1"))
    with served(state, most_readers=2, heartbeat_seconds=0.1) as found:
        with following(found.address) as one, following(found.address) as two:
            next(one), next(two)
            refused = requests.get(f"{found.address}/events", timeout=10)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
        deadline = time.monotonic() + 5
        status = 503
        while status == 503 and time.monotonic() < deadline:  # who left makes room
            with requests.get(f"{found.address}/events", stream=True, timeout=10) as answer:
                status = answer.status_code
        assert status == 200


def test_nor_when_they_all_come_at_the_same_moment(state):
    state.put(made_live.alert("a1"))
    with served(state, most_readers=2, heartbeat_seconds=0.1) as found:
        readers = asked(found.address, 40, b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        statuses = [int(reader.recv(100).split()[1]) for reader in readers]
        close(readers)
    assert sorted(statuses) == [200] * 2 + [503] * 38


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127"])
def test_who_connects_and_asks_nothing_does_not_shut_others_out(state, monkeypatch, sent):
    monkeypatch.setattr(live_server, "_REQUEST_SECONDS", 0.3)
    state.put(made_live.alert("a1"))
    with served(state, most_readers=2, heartbeat_seconds=0.1) as found:
        with following(found.address) as heard:
            next(heard)
            idle = asked(found.address, 9, sent)
            assert [one.recv(1) for one in idle] == [b""] * 9  # closed, sooner or later
            # who follows may stay, and others find room
            assert next(heard)[0] == "beat"
            assert requests.get(found.address, timeout=10).status_code == 200
        close(idle)


def test_no_more_connections_are_open_than_the_service_bears(state, monkeypatch):
    monkeypatch.setattr(live_server, "_MORE_CONNECTIONS", 10)
    state.put(made_live.alert("a1"))
    with served(state, most_readers=2) as found:
        idle = asked(found.address, 30)
        gone, _, _ = select.select(idle, [], [], 5.0)
        assert gone
        time.sleep(0.2)
        gone, _, _ = select.select(idle, [], [], 0)
        assert len(gone) == 30 - 12
        close(idle)


def test_a_state_that_is_damaged_meanwhile_is_told_in_words_and_ends_nothing(state):
    state.put(made_live.alert("a1"))
    quick = served(state, heartbeat_seconds=0.1)
    with quick as found, following(found.address) as heard:
        next(heard)
        database = sqlite3.connect(state.path)
        database.execute("ALTER TABLE facts RENAME TO lost")
        answer = requests.get(f"{found.address}/alerts.json", timeout=10)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "the live state (live/state.db) is broken: no such table" in answer.text
        assert list(heard) == []  # the line ends
        database.execute("ALTER TABLE lost RENAME TO facts")
        database.close()
        state.put(made_live.alert("a2"))
        with following(found.address, "1") as again:  # the watch goes on
            assert next(again)[0] == "changes"


def test_a_report_that_a_full_disk_does_not_take_is_refused_in_words(state):
    state.put(made_live.alert("a1"))
    with contextlib.closing(LiveView(state.path)) as view:
        [[pages]] = view._database.execute("PRAGMA page_count").fetchall()
        with serving(PAGE, view, ServerParameters(**QUICK), {}) as found:
            view._database.execute(f"PRAGMA max_page_count = {pages}")
            statuses = []
            while len(statuses) < 2000 and 503 not in statuses:
                answer = report(found.address, token=found.access.token)
                statuses.append(answer.status_code)
    assert statuses[-1] == 503
    assert "database or disk is full" in answer.text


@pytest.mark.parametrize("last", ["9" * 5000, "9" * 19, "-1", "²", "x"])
def test_a_last_event_id_that_is_no_revision_is_told_all(state, last):
    state.put(made_live.alert("a1"))
    with served(state) as found, following(found.address, last.encode()) as heard:
        assert next(heard)[0] == "all"


def test_it_ends_without_a_complaint_while_somebody_follows(state, caplog):
    state.put(made_live.alert("a1"))
    with served(state) as found:
        address = found.address
        answer = requests.get(f"{address}/events", stream=True, timeout=10)
        next(events(answer))
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    answer.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=1)


def test_nobody_writes_without_the_token_not_even_on_this_machine(state):
    state.put(made_live.alert("a1"))
    with served(state) as found:
        assert found.access.made
        assert requests.get(found.address, timeout=10).status_code == 200
        for token in (None, "", "wrong", found.access.token[:-1], found.access.token + "x"):
            refused = report(found.address, token=token)
            assert refused.status_code == 401, token
            assert "Set-Cookie" not in refused.headers
        assert state.verdicts() == []
        taken = report(found.address, token=found.access.token, json={"right": False})
        assert (taken.status_code, state.verdicts()) == (202, [("a1", False)])


def test_a_report_with_the_token_brings_a_cookie_that_is_enough_from_then_on(state):
    state.put(made_live.alert("a1"))
    with served(state) as found, requests.Session() as browser:
        way = f"{found.address}/alerts/a1/verdict"
        bearer = {"Authorization": f"Bearer {found.access.token}"}
        browser.post(way, json={"right": True}, headers=bearer, timeout=10)
        assert browser.post(way, json={"right": False}, timeout=10).status_code == 202
    assert state.verdicts() == [("a1", True), ("a1", False)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"right": 1}}, 400),
        ({"json": {}}, 400),
        ({"json": {"right": True, "who": "agent 7"}}, 400),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"data": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": None, "data": {"right": "true"}}, 415),
        ({"json": {"right": True, "much": "x" * 2000}}, 413),
        ({"alert_id": "a2"}, 404),
        ({"alert_id": "..%2F..%2Fetc"}, 404),
        ({"headers": {"Origin": "https://elsewhere.example"}}, 403),
        ({"headers": {"Origin": "null"}}, 403),
    ],
)
def test_what_is_no_report_of_this_page_is_refused(state, sent, status):
    state.put(made_live.alert("a1"))
    with served(state) as found:
        answer = report(found.address, token=found.access.token, **sent)
        assert answer.status_code == status, answer.text
    assert state.verdicts() == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/alerts.json",
        "/events",
        "/nothing",
        "/?token=wrong",
        f"/alerts.json?token={GIVEN}",
    ],
)
def test_where_others_can_reach_it_nothing_is_read_without_the_token(shared, path):
    found, _ = shared
    refused = requests.get(f"{found.address}{path}", timeout=10)
    assert refused.status_code == 401
    assert "a1" not in refused.text
    assert refused.text.startswith("Cette page demande un jeton")


def test_a_link_with_the_token_opens_the_page_and_keeps_it_out_of_the_address(shared):
    found, state = shared
    # the link that is printed does not tell the token that was given
    assert found.link == found.address
    link = f"{found.address}/?token={GIVEN}"
    first = requests.get(link, allow_redirects=False, timeout=10)
    assert (first.status_code, first.headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Lax"} <= set(first.headers["Set-Cookie"].split("; "))
    with requests.Session() as browser:
        page = browser.get(link, timeout=10)
        assert (page.text, page.url) == (PAGE, f"{found.address}/")
        assert browser.get(f"{found.address}/alerts.json", timeout=10).json()["revision"] == 1
        way = f"{found.address}/alerts/a1/verdict"
        assert browser.post(way, json={"right": True}, timeout=10).status_code == 202
    assert state.verdicts() == [("a1", True)]
    bearer = {"Authorization": f"Bearer {GIVEN}"}
    assert requests.get(found.address, headers=bearer, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("host", "shared_status", "own_status"),
    [
        ("127.0.0.1:8350", 200, 200),
        ("localhost", 200, 200),
        ("[::1]:8350", 200, 200),
        ("192.168.1.5:8350", 200, 421),
        ("Alertes.Example.ORG", 200, 421),
        ("evil.example", 421, 421),
        ("127.0.0.1.evil.example", 421, 421),
        ("localhost.evil.example:80", 421, 421),
        ("", 421, 421),
    ],
)
def test_a_name_that_somebody_elses_page_points_here_is_refused(
    shared, state, host, shared_status, own_status
):
    found, _ = shared
    headers = {"Host": host, "Authorization": f"Bearer {GIVEN}"}
    assert requests.get(found.address, headers=headers, timeout=10).status_code == shared_status
    rules = access_for(ServerParameters(), {})
    assert rules.reached_rightly(host) == (own_status == 200)


def test_no_answer_may_be_framed_kept_or_read_by_another_site(shared):
    found, _ = shared
    bearer = {"Authorization": f"Bearer {GIVEN}"}
    for path, headers in (("/", bearer), ("/alerts.json", bearer), ("/", {})):
        told = requests.get(f"{found.address}{path}", headers=headers, timeout=10).headers
        assert told["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Cache-Control"] == "no-store"
        assert told["Referrer-Policy"] == "no-referrer"
        assert not [name for name in told if name.lower().startswith("access-control")]
        assert "server" not in {name.lower() for name in told}


@pytest.mark.parametrize(
    ("settings", "environment", "said"),
    [
        ({"host": "0.0.0.0"}, {}, TOKEN),
        ({"host": "192.168.1.5"}, {}, TOKEN),
        ({"host": "::"}, {}, TOKEN),
        ({"host": "example.org"}, {}, "open to whoever reaches example.org"),
        ({"names": ("alertes.example.org",)}, {}, "alertes.example.org"),
        ({}, {TOKEN: "short"}, "got 5 characters"),
        ({"host": "0.0.0.0"}, {TOKEN: ""}, "got 0 characters"),
        ({}, {TOKEN: "a token with blanks in it"}, "without blanks"),
        ({}, {TOKEN: 'a"token;with,signs\\in-it'}, "ASCII"),
        ({}, {TOKEN: "un-jeton-accentué-2026"}, "ASCII"),
    ],
)
def test_it_does_not_start_open_to_others_without_a_good_token(settings, environment, said):
    with pytest.raises(ConfigError, match=said):
        access_for(ServerParameters(**settings), environment)


def test_each_start_makes_another_token_where_none_is_given():
    first, second = (access_for(ServerParameters(), {}) for _ in range(2))
    assert first.token != second.token
    assert len(first.token) >= 32
    assert not first.to_read
    assert access_for(ServerParameters(host="0.0.0.0"), {TOKEN: GIVEN}).token == GIVEN


def test_with_a_certificate_it_speaks_https_and_its_cookie_goes_no_other_way(state, tmp_path):
    program = shutil.which("openssl") or pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=live"
    files = ["-keyout", key, "-out", certificate, "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([program, *asked.split(), *files], check=True, capture_output=True)
    state.put(made_live.alert("a1"))
    with served(state, certificate=str(certificate), private_key=str(key)) as found:
        assert found.address.startswith("https://127.0.0.1:")
        answer = requests.get(
            found.link,
            verify=certificate,
            allow_redirects=False,
            headers={"Connection": "close"},
            timeout=10,
        )
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_an_address_in_use_and_a_certificate_that_is_none_are_named(state, tmp_path):
    state.put(made_live.alert("a1"))
    with served(state) as found:
        port = int(found.address.rpartition(":")[2])
        with (
            pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1, port {port}"),
            served(state, port=port),
        ):
            pass
    with pytest.raises(ConfigError, match="both a certificate and its private_key"):
        ServerParameters(certificate="cert.pem")
    broken = tmp_path / "cert.pem"
    broken.write_text("no certificate")
    with (
        pytest.raises(InputError, match=r"cert\.pem"),
        served(state, certificate=str(broken), private_key=str(broken)),
    ):
        pass
