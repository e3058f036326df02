"""Messages through a real mosquitto: kept while we are away, given again until acknowledged."""

from __future__ import annotations

import gc
import shutil
import signal
import subprocess
import time

import pytest

from infraction_model.errors import ConfigError, InputError
from infraction_model.io import mqtt
from infraction_model.io.event_source import Received
from infraction_model.io.mqtt import MqttParameters, MqttSender, MqttSource
from live.broker import Broker


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "broker") as started:
        yield started


def settings(broker: Broker, **changed) -> MqttParameters:
    return MqttParameters(host="127.0.0.1", port=broker.port, **changed)


def send(broker: Broker, *payloads: str, topic: str = "parking/bays") -> None:
    sender = MqttSender(settings(broker, client_id="bays"))
    assert all(sender.publish(topic, payload.encode()) for payload in payloads)
    sender.close()


def take(source: MqttSource, count: int) -> list[Received]:
    """So many messages, or fewer where they do not come within some seconds."""
    taken, deadline = [], time.monotonic() + 8
    while len(taken) < count and time.monotonic() < deadline:
        taken += source.take(count - len(taken), 0.2)
    return taken


def test_a_session_keeps_what_comes_while_nobody_listens(broker):
    first = MqttSource(settings(broker))
    send(broker, "a")
    first.acknowledge(take(first, 1))
    first.close()
    send(broker, "b", "c")
    second = MqttSource(settings(broker))
    assert [message.payload for message in take(second, 2)] == [b"b", b"c"]
    second.close()


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker):
    first = MqttSource(settings(broker))
    wait_until_connected(first)
    send(broker, "a", "b", "c")
    taken = take(first, 3)
    first.acknowledge(taken[:1])
    first.close()
    second = MqttSource(settings(broker))
    again = take(second, 2)
    assert [message.payload for message in again] == [b"b", b"c"]
    second.acknowledge(again)
    assert second.take(1, 0.3) == []
    second.close()


def wait_until_connected(source: MqttSource) -> None:
    deadline = time.monotonic() + 5
    while not source.connected and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)  # and subscribed


def test_no_more_messages_are_under_way_than_agreed(broker):
    source = MqttSource(settings(broker, receive_maximum=50))
    wait_until_connected(source)
    send(broker, *(str(number) for number in range(120)))
    first = take(source, 50)
    assert source.take(120, 0.5) == []
    source.acknowledge(first)
    assert len(take(source, 50)) == 50
    source.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_comes_back_still_has_everything(broker, how):
    source = MqttSource(settings(broker))
    wait_until_connected(source)
    send(broker, "a", "b")
    old = take(source, 2)
    time.sleep(2.2 if how == signal.SIGKILL else 0)  # autosave_interval and a turn of its loop
    broker.end(how)
    broker.start()
    again = take(source, 2)
    assert [message.payload for message in again] == [b"a", b"b"]
    source.acknowledge(old)  # of a connection that is gone: the broker may not hear of it
    source.acknowledge(again)
    send(broker, "c")
    assert [message.payload for message in take(source, 1)] == [b"c"]
    assert source.sessions_lost == 0
    source.close()


def test_a_session_that_the_broker_has_lost_is_noticed(broker):
    for has_session in (False, True):
        settled = MqttSource(settings(broker, client_id=f"{has_session}"), has_session)
        wait_until_connected(settled)
        assert settled.sessions_lost == has_session
        settled.close()


def test_two_services_of_one_name_notice_each_other(broker, monkeypatch):
    monkeypatch.setattr(mqtt, "_MOST_SHORT", 2)
    first = MqttSource(settings(broker))
    wait_until_connected(first)
    second = MqttSource(settings(broker))
    with pytest.raises(ConfigError, match=r"2 times in a row.*mqtt.client_id="):
        take(first, 1)
    for source in (first, second):
        source.close()


def test_a_wrong_password_ends_the_service_with_a_clear_word(tmp_path, monkeypatch):
    users = tmp_path / "users"
    users.write_text("")
    users.chmod(0o600)
    monkeypatch.setenv("INFRACTION_MODEL_MQTT_USER", "nobody")
    monkeypatch.setenv("INFRACTION_MODEL_MQTT_PASSWORD", "wrong")
    own = {"allow_anonymous": "false", "password_file": str(users)}
    with Broker(tmp_path / "broker", **own) as broker:
        source = MqttSource(settings(broker))
        with pytest.raises(ConfigError, match=r"refuses us: .*INFRACTION_MODEL_MQTT_USER"):
            take(source, 1)
        source.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 and its key, as PEM files."""
    program = shutil.which("openssl") or pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=broker"
    files = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([program, *asked.split(), *files, *names], check=True, capture_output=True)
    return folder


# paho does not close the socket of a handshake that failed
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_a_broker_is_spoken_to_in_tls_once_its_certificate_is_trusted(tmp_path, certificate):
    trusted = str(certificate / "certificate.pem")
    with Broker(
        tmp_path / "broker", certfile=trusted, keyfile=str(certificate / "key.pem")
    ) as broker:
        source = MqttSource(settings(broker, tls=True))
        with pytest.raises(ConfigError, match=r"not trusted: self.signed.*mqtt.ca_file=PEM"):
            take(source, 1)
        source.close()
        gc.collect()
        sender = MqttSender(settings(broker, tls=True, ca_file=trusted, client_id="bays"))
        source = MqttSource(settings(broker, tls=True, ca_file=trusted))
        wait_until_connected(source)
        assert sender.publish("parking/bays", b"a")
        assert [message.payload for message in take(source, 1)] == [b"a"]
        sender.close()
        source.close()
    with pytest.raises(InputError, match=r"key 'mqtt.ca_file'"):
        MqttSource(MqttParameters(tls=True, ca_file=str(tmp_path / "nowhere.pem")))


def test_what_the_broker_refuses_does_not_count_as_sent(tmp_path, caplog):
    rights = tmp_path / "rights"
    rights.write_text("topic read alerts/#\ntopic readwrite parking/#\n")
    with Broker(tmp_path / "broker", acl_file=str(rights)) as broker:
        sender = MqttSender(settings(broker))
        assert not sender.publish("alerts/town/Z1", b"{}")
        assert sender.publish("parking/bays", b"{}")
        sender.close()
    assert "the broker refuses what goes out to alerts/town/Z1: Not authorized" in caplog.text


def test_a_topic_that_is_no_longer_named_is_given_up(broker):
    before = MqttSource(settings(broker, topics=("parking/#", "alerts/#")))
    wait_until_connected(before)
    before.close()
    send(broker, "kept meanwhile", topic="alerts/town/Z1")
    named = settings(broker, topics=("parking/#",))
    after = MqttSource(named, has_session=True, subscribed=["parking/#", "alerts/#"])
    wait_until_connected(after)
    send(broker, "a")
    assert [message.payload for message in take(after, 1)] == [b"a"]
    after.close()
    # the session brings it no more: who subscribes to it again is sent what is new alone
    send(broker, "not kept", topic="alerts/town/Z1")
    again = MqttSource(settings(broker, topics=("alerts/#",)))
    wait_until_connected(again)
    send(broker, "b", topic="alerts/town/Z1")
    assert [message.payload for message in take(again, 1)] == [b"b"]
    again.close()


def test_a_topic_that_nobody_remembers_is_not_read_either(broker):
    """As after restart=true: the broker still has the subscription, and our own alerts come."""
    before = MqttSource(settings(broker, topics=("#",)))
    wait_until_connected(before)
    before.close()
    after = MqttSource(settings(broker, topics=("parking/#",)))
    wait_until_connected(after)
    send(broker, "ours", topic="alerts/town/Z1")
    send(broker, "a")
    assert [message.payload for message in take(after, 1)] == [b"a"]
    after.close()


@pytest.mark.parametrize(
    "topic, found",
    [
        ("parking/bays", "parking/#"),
        ("alerts/Z1", "$share/two/alerts/+"),
        ("share/two/alerts/Z1", None),
    ],
)
def test_which_filter_covers_a_topic(topic, found):
    assert mqtt.covering(["parking/#", "$share/two/alerts/+"], topic) == found


def test_a_service_waits_for_a_broker_that_is_not_there_yet(tmp_path):
    broker = Broker(tmp_path / "broker")
    source = MqttSource(settings(broker))
    assert source.take(1, 0.1) == []
    with broker:
        wait_until_connected(source)
        send(broker, "a")
        assert [message.payload for message in take(source, 1)] == [b"a"]
        source.close()


@pytest.mark.parametrize("topic", ["", "a#", "#/a", "a/b+/c", "a+"])
def test_a_topic_that_is_no_filter_is_refused(topic):
    with pytest.raises(ConfigError, match=r"key 'mqtt.topics'"):
        MqttParameters(topics=(topic,))


@pytest.mark.parametrize("topic", ["#", "+", "a/+/c", "a/b/#", "/a", "parking"])
def test_a_topic_that_is_a_filter_is_taken(topic):
    assert MqttParameters(topics=(topic,)).topics == (topic,)
