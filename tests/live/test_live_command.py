"""The command `live` on a workspace: a replay, its tables, and where a reader goes on."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from dataclasses import replace

import pandas as pd
import pytest
import requests

from infraction_model import cli
from infraction_model.errors import ConfigError, LockedError
from infraction_model.io.live_access import ServerParameters
from infraction_model.io.live_store import LiveStore
from infraction_model.io.live_view import LiveView
from infraction_model.io.lock import only_one
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines import live
from infraction_model.pipelines.live import command
from infraction_model.pipelines.live.watch import Watch
from live.broker import free_port
from live.made_records import parameters_for
from live.made_stream import made_stream, write_zones

STREAM = made_stream(600, seed=3)
TABLES = ("alerts", "dead_letters", "sensor_quality")


@pytest.fixture
def workspace(tmp_path):
    write_zones(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, pd.DataFrame]:
    """The tables of one replay of the whole stream."""
    folder = tmp_path_factory.mktemp("whole")
    write_zones(folder)
    file = folder / "stream.jsonl"
    file.write_bytes(b"\n".join(STREAM))
    live.run(parameters_for(folder, source="file", file=str(file)))
    return tables_of(folder)


def tables_of(folder) -> dict[str, pd.DataFrame]:
    found = {}
    for name in TABLES:
        table = read_table(name, Workspace(folder).live / f"{name}.parquet", "live")
        found[name] = table.drop(columns="source", errors="ignore")
    return found


def assert_same(found, expected) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], expected[name], check_exact=True)


def test_a_replay_from_the_command_line_leaves_the_contract_tables(workspace, whole, capsys):
    file = workspace / "stream.jsonl.gz"
    file.write_bytes(gzip.compress(b"\n".join(STREAM)))
    arguments = ["live", f"workspace={workspace}", "source=file", f"file={file}"]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert f"{len(whole['alerts'])} alerts" in said
    assert_same(tables_of(workspace), whole)
    assert len(whole["alerts"]) > 20
    assert str(whole["alerts"]["opened_at"].dt.tz) == "Europe/Paris"
    letters = read_table("dead_letters", Workspace(workspace).live / "dead_letters.parquet", "live")
    bad = letters[letters["reason"] == "bad_message"]
    number = int(bad["source"].iloc[0].removeprefix("stream.jsonl.gz:"))
    assert STREAM[number - 1].decode(errors="replace").strip() == bad["payload"].iloc[0].strip()


@pytest.mark.parametrize("parts", [2, 5])
def test_a_file_that_grew_is_read_on_from_where_it_ended(workspace, whole, parts):
    file = workspace / "stream.jsonl"
    file.write_bytes(b"")
    for part in range(parts):
        begin, end = (len(STREAM) * at // parts for at in (part, part + 1))
        with open(file, "ab") as growing:
            growing.writelines(line + b"\n" for line in STREAM[begin:end])
        live.run(parameters_for(workspace, source="file", file=str(file)))
    assert_same(tables_of(workspace), whole)


def test_a_replay_that_was_cut_off_goes_on_where_it_was(workspace, whole, monkeypatch):
    file = workspace / "stream.jsonl"
    file.write_bytes(b"\n".join(STREAM))
    replay = parameters_for(workspace, source="file", file=str(file))
    replay = replace(replay, intake=replace(replay.intake, batch=50))

    def cut(watch: Watch) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Watch, "__call__", cut)
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                live.run(replay)
    live.run(replay)
    assert_same(tables_of(workspace), whole)


def test_how_many_events_had_which_fate_does_not_depend_on_batches(tmp_path):
    file, found = tmp_path / "stream.jsonl", []
    file.write_bytes(b"\n".join(STREAM))
    for batch in (7, 10_000):
        folder = tmp_path / str(batch)
        write_zones(folder)
        replay = parameters_for(folder, source="file", file=str(file))
        live.run(replace(replay, intake=replace(replay.intake, batch=batch)))
        store = LiveStore(Workspace(folder).live_state, replay.store)
        found.append(store.fates())
        store.close()
    assert found[0] == found[1]
    assert found[0]["held"] == 0  # the first ones were, until the clock began


def test_a_last_line_under_way_is_used_once_it_is_there(workspace, whole):
    file, alert = workspace / "stream.jsonl", whole["alerts"].iloc[-1]
    arrival = json.dumps({"bay": alert["bay_id"], "zone": alert["zone_id"], "status": "occupied"})
    begins = arrival.removesuffix("}").encode() + b', "at": %d' % alert["stay_from"].timestamp()
    written = b"\n".join(STREAM)
    for end in (written.index(begins) + len(begins), len(written)):
        file.write_bytes(written[:end])
        live.run(parameters_for(workspace, source="file", file=str(file)))
    found = tables_of(workspace)
    for name in ("alerts", "sensor_quality"):
        pd.testing.assert_frame_equal(found[name], whole[name], check_exact=True)
    # the half line is a dead letter
    assert len(found["dead_letters"]) == len(whole["dead_letters"]) + 1


def test_topics_are_known_to_the_state_before_the_broker_is_asked_for_them(workspace, monkeypatch):
    asked = []
    monkeypatch.setattr(
        command, "MqttSource", lambda mqtt, _, before: asked.append((mqtt.topics, before))
    )
    settings = parameters_for(workspace, port=free_port())
    for topics in (("parking/#", "alerts/#"), ("parking/#",), ("more",)):
        store = LiveStore(Workspace(workspace).live_state, settings.store)
        command._source(replace(settings, mqtt=replace(settings.mqtt, topics=topics)), store)
        assert set(topics) <= set(store.subscribed())
        store.close()
    both = ["parking/#", "alerts/#"]
    assert asked == [(tuple(both), []), (("parking/#",), both), (("more",), both)]


def test_a_damaged_state_is_told_with_the_way_out(workspace, whole, capsys):
    file = workspace / "stream.jsonl"
    file.write_bytes(b"\n".join(STREAM))
    arguments = ["live", f"workspace={workspace}", "source=file", f"file={file}"]
    assert cli.main(arguments) == 0
    state = Workspace(workspace).live_state
    database = sqlite3.connect(state)
    database.execute("UPDATE bays SET history = 'x'")
    database.commit()
    database.close()
    assert cli.main(arguments) == 3
    assert "restart=true" in capsys.readouterr().err
    assert cli.main([*arguments, "restart=true"]) == 0
    assert_same(tables_of(workspace), whole)


def test_a_second_replay_changes_nothing_and_a_fresh_one_begins_again(workspace, whole, capsys):
    file = workspace / "stream.jsonl"
    file.write_bytes(b"\n".join(STREAM))
    replay = parameters_for(workspace, source="file", file=str(file))
    for _ in range(2):
        live.run(replay)
    assert f"going on after line {len(STREAM)}" in capsys.readouterr().out
    assert_same(tables_of(workspace), whole)
    live.run(parameters_for(workspace, source="file", file=str(file), restart=True))
    assert "going on" not in capsys.readouterr().out
    assert_same(tables_of(workspace), whole)


def test_standard_input_gives_the_same(workspace, whole, monkeypatch):
    source = workspace / "stream.jsonl"
    source.write_bytes(b"\n".join(STREAM))
    with open(source, "rb") as opened:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(opened))
        live.run(parameters_for(workspace, source="file", file="-"))
        sys.stdin.detach()
    assert_same(tables_of(workspace), whole)


def test_a_paced_replay_gives_the_same(workspace, whole):
    file = workspace / "stream.jsonl"
    file.write_bytes(b"\n".join(STREAM))
    live.run(parameters_for(workspace, source="file", file=str(file), speed=1e6))
    assert_same(tables_of(workspace), whole)


def test_an_officers_word_reaches_the_sensors_quality(workspace):
    file = workspace / "stream.jsonl"
    file.write_bytes(b"\n".join(STREAM[:300]) + b"\n")
    replay = parameters_for(workspace, source="file", file=str(file))
    live.run(replay)
    view = LiveView(Workspace(workspace).live_state)
    judged = view.changes_since(0)[-1]
    assert view.post_verdict(judged.alert_id, right=False)
    with open(file, "ab") as growing:
        growing.writelines(line + b"\n" for line in STREAM[300:])
    live.run(replay)
    quality = tables_of(workspace)["sensor_quality"]
    assert quality["bay_id"].tolist() == [judged.bay_id]
    assert quality["wrong"].tolist() == [1]
    assert view.alert(judged.alert_id).verdict is False
    view.close()


@pytest.fixture
def harmless_sigterm():
    """A signal that comes before or after the service is there to take it harms nobody."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("harmless_sigterm")
def test_the_page_stays_after_a_replay_and_a_signal_ends_it_well(workspace, whole):
    file, port, seen, ended = workspace / "stream.jsonl", free_port(), {}, threading.Event()
    file.write_bytes(b"\n".join(STREAM))
    replay = parameters_for(workspace, source="file", file=str(file), serve=True)
    last = whole["alerts"]["alert_id"].iloc[-1]

    def visit() -> None:
        wait_for(lambda: is_served(port))
        with contextlib.closing(LiveView(Workspace(workspace).live_state)) as view:
            wait_for(lambda: (found := view.alert(last)) and found.closed_at)
            answer = requests.get(f"http://127.0.0.1:{port}/alerts.json", timeout=5)
            seen["answer"] = answer.status_code, answer.json()["alerts"]
            view.post_verdict(last, right=False)
            wait_for(lambda: view.alert(last).verdict is False)

    def officer() -> None:
        try:
            visit()
        finally:
            while not ended.wait(0.2):
                os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=officer)
    thread.start()
    live.run(replace(replay, server=ServerParameters(port=port)))
    ended.set()
    thread.join()
    assert seen["answer"] == (200, [])
    assert tables_of(workspace)["sensor_quality"]["wrong"].tolist() == [1]


def test_the_page_goes_with_the_replay_where_asked_to(workspace, whole, capsys):
    file, port = workspace / "stream.jsonl", free_port()
    file.write_bytes(b"\n".join(STREAM))
    replay = parameters_for(workspace, source="file", file=str(file), serve=True, linger=False)
    live.run(replace(replay, server=ServerParameters(port=port)))
    assert f"until the replay ends: http://127.0.0.1:{port}" in capsys.readouterr().out
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/alerts.json", timeout=5)
    assert_same(tables_of(workspace), whole)


def is_served(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def wait_for(happened) -> None:
    deadline = time.monotonic() + 20
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert happened()


def test_a_second_service_is_kept_out(workspace):
    replay = parameters_for(workspace, source="file", file="any.jsonl")
    with (
        only_one(Workspace(workspace).live_lock, "a live service"),
        pytest.raises(LockedError, match="a live service is going on already"),
    ):
        live.run(replay)


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"source": "file"}, "source=file needs the file"),
        ({"source": "mqtt", "file": "a.jsonl"}, "Say source=file"),
    ],
)
def test_a_source_without_its_file_says_what_to_do(workspace, settings, said):
    with pytest.raises(ConfigError, match=said):
        live.run(parameters_for(workspace, **settings))
