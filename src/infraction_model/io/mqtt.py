"""Events from an MQTT broker, and alerts to one; the one file that imports paho.

MQTT 5: the broker keeps a session for us while we are away, gives every message until we say that
what came of it is on our disk, and never more than `receive_maximum` messages ahead of that.
"""

from __future__ import annotations

import logging
import os
import queue
import ssl
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import paho.mqtt.client as paho
from annotated_types import Ge, Gt, Le
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from infraction_model.errors import ConfigError, InputError
from infraction_model.io.event_source import Received

USER, PASSWORD = "INFRACTION_MODEL_MQTT_USER", "INFRACTION_MODEL_MQTT_PASSWORD"
"""The environment variables that hold the name and the password for the broker."""

_LOG = logging.getLogger(__name__)
_HOPELESS = ("Bad user name or password", "Not authorized", "Banned", "Client identifier not valid")
_SHORT_SECONDS, _MOST_SHORT = 10.0, 5
"""So many connections in a row that each end so soon: two programs throw each other out."""


@dataclass(frozen=True)
class MqttParameters:
    """How the broker is reached, and what is read from it.

    `client_id` names the session that the broker keeps for `session_hours`: one service per name.
    `receive_maximum` messages at most are under way before they are acknowledged. User and password
    come from the environment.
    """

    host: str = "localhost"
    port: Annotated[int, Ge(1), Le(65535)] = 1883
    topics: tuple[str, ...] = ("parking/#",)
    client_id: str = "infraction-model-live"
    session_hours: Annotated[float, Gt(0)] = 168.0
    receive_maximum: Annotated[int, Ge(1), Le(65535)] = 4000
    keepalive_seconds: Annotated[int, Ge(5), Le(3600)] = 30
    tls: bool = False
    ca_file: str | None = None

    def __post_init__(self) -> None:
        if not self.topics:
            raise ConfigError("key 'mqtt.topics': name at least one topic, such as parking/#.")
        if not self.client_id:
            raise ConfigError("key 'mqtt.client_id': the broker keeps a session only for a name.")
        for topic in self.topics:
            if not _is_filter(topic):
                raise ConfigError(
                    f"key 'mqtt.topics': '{topic}' is no topic filter. # stands alone at the end, "
                    "+ for one whole level: parking/+/bays, parking/#."
                )


class MqttSource:
    """Messages of the topics, in order, each until it is acknowledged.

    The network runs in a thread of its own, and connects again, at first after one second and at
    last every minute, however long the broker is away. `sessions_lost` counts how often the broker
    had forgotten a session that it should have kept; `has_session` says that there should be one at
    the start already. Topics that were `subscribed` before and are no longer named are given up;
    what the session still brings of such, as it was kept meanwhile, is passed over.
    """

    def __init__(
        self,
        parameters: MqttParameters,
        has_session: bool = False,
        subscribed: Sequence[str] = (),
    ) -> None:
        self._parameters, self._has_session = parameters, has_session
        self._gone = [topic for topic in subscribed if topic not in parameters.topics]
        self._passed_over = 0
        self._queue: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._connection = 0
        # an acknowledgement must not slip into a connection later than its message's
        self._lock = threading.Lock()
        self._fatal: Exception | None = None
        self._connected_at, self._short = 0.0, 0
        self.connected = False
        self.sessions_lost = 0
        self._client = _client(parameters, parameters.client_id, manual_ack=True)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        _connect(self._client, parameters, parameters.session_hours, parameters.receive_maximum)

    @property
    def place(self) -> None:
        """The broker knows what was acknowledged."""

    def take(self, most: int, seconds: float) -> list[Received]:
        """Up to `most` messages: what is there, after waiting for the first one if need be.

        Raises ConfigError where the broker refuses us for good.
        """
        taken: list[Received] = []
        try:
            taken.append(self._queue.get(timeout=seconds))
            while len(taken) < most:
                taken.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        if self._fatal is not None:
            raise self._fatal
        # what an earlier connection brought and nobody acknowledged, the broker sends again
        return [message for message in taken if message.connection == self._connection]

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Let the broker forget messages; those of a connection that is gone, it sends again."""
        with self._lock:
            for message in messages:
                if message.connection == self._connection and self.connected:
                    self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Leave; the broker keeps the session and what comes meanwhile."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client, _userdata, flags, reason, _properties) -> None:
        if reason.is_failure:
            if str(reason) in _HOPELESS:
                self._fatal = ConfigError(_refused(self._parameters, str(reason)))
            return
        with self._lock:
            self._connection += 1
            self.connected, self._connected_at = True, time.monotonic()
        self.sessions_lost += self._has_session and not flags.session_present
        self._has_session = True
        if self._gone:
            client.unsubscribe(self._gone)
        # a broker that knows the subscription does not send retained messages again
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        client.subscribe([(topic, options) for topic in self._parameters.topics])

    def _on_connect_fail(self, *_) -> None:
        error = sys.exception()  # paho calls this while it handles what went wrong
        if isinstance(error, ssl.SSLCertVerificationError):
            self._fatal = ConfigError(
                f"the broker {self._parameters.host}:{self._parameters.port} has a certificate "
                f"that is not trusted: {error.verify_message}. Name the authority that signed it "
                "(mqtt.ca_file=PEM), and the host as the certificate does (mqtt.host=...)."
            )

    def _on_disconnect(self, *_) -> None:
        with self._lock:
            was_connected, self.connected = self.connected, False
        if was_connected:
            short = time.monotonic() - self._connected_at < _SHORT_SECONDS
            self._short = self._short + 1 if short else 0
        if self._short >= _MOST_SHORT:
            self._fatal = ConfigError(
                f"the broker {self._parameters.host}:{self._parameters.port} has closed the "
                f"connection {self._short} times in a row, right after it had been accepted. "
                f"Another program may call itself '{self._parameters.client_id}' there: stop it, "
                "or choose another name (mqtt.client_id=...)."
            )

    def _on_subscribe(self, _client, _userdata, _mid, reasons, _properties) -> None:
        for topic, reason in zip(self._parameters.topics, reasons, strict=False):
            if reason.is_failure:
                self._fatal = ConfigError(
                    f"key 'mqtt.topics': the broker refuses '{topic}' ({reason}). Give this user "
                    "the right to read it."
                )

    def _on_message(self, _client, _userdata, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # no broker should let it through; our thread must not die of it
            topic = "a topic that is not UTF-8"
        if covering(self._parameters.topics, topic) is None:
            self._pass_over(message, topic)
            return
        self._queue.put(
            Received(message.payload, topic, message.mid, message.qos, self._connection)
        )

    def _pass_over(self, message: paho.MQTTMessage, topic: str) -> None:
        """Acknowledge what an earlier subscription brings: it may be our own alerts."""
        self._client.ack(message.mid, message.qos)
        self._passed_over += 1
        if self._passed_over == 1:
            _LOG.warning(
                "the broker still sends %s, which mqtt.topics does not name: passed over", topic
            )


class MqttSender:
    """Publishes with QoS 1: a message counts as sent once the broker has accepted it."""

    def __init__(self, parameters: MqttParameters) -> None:
        # what the broker said of each message, by the message's number
        self._answers: dict[int, ReasonCode] = {}
        self._client = _client(parameters, f"{parameters.client_id}-out", manual_ack=False)
        self._client.on_publish = self._on_publish
        _connect(self._client, parameters, session_hours=0.0, receive_maximum=None)

    def publish(self, topic: str, payload: bytes, seconds: float = 5.0) -> bool:
        """Send one message and wait for its acknowledgement.

        False where none came in time, or where it says that the broker does not take the message:
        MQTT 5 has the broker acknowledge that too, with a reason.
        """
        deadline = time.monotonic() + seconds
        while not self._client.is_connected():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        sent = self._client.publish(topic, payload, qos=1, retain=False)
        try:
            sent.wait_for_publish(timeout=max(0.0, deadline - time.monotonic()))
        except (ValueError, RuntimeError):  # its queue is full, or it lost the connection
            return False
        if not sent.is_published():
            return False
        reason = self._answers.pop(sent.mid)
        if reason.is_failure:
            _LOG.warning("the broker refuses what goes out to %s: %s", topic, reason)
        return not reason.is_failure

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_publish(self, _client, _userdata, mid, reason, _properties) -> None:
        self._answers[mid] = reason  # paho calls this before the waiting thread goes on


def _client(parameters: MqttParameters, client_id: str, manual_ack: bool) -> paho.Client:
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=paho.MQTTv5,
        manual_ack=manual_ack,
    )
    user = os.environ.get(USER)
    if user:
        client.username_pw_set(user, os.environ.get(PASSWORD))
    if parameters.tls:
        try:
            client.tls_set(ca_certs=parameters.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise InputError(
                f"key 'mqtt.ca_file': {parameters.ca_file} is no readable certificate ({error})."
            ) from None
    client.reconnect_delay_set(min_delay=1, max_delay=60)
    return client


def _connect(
    client: paho.Client,
    parameters: MqttParameters,
    session_hours: float,
    receive_maximum: int | None,
) -> None:
    asked = Properties(PacketTypes.CONNECT)
    asked.SessionExpiryInterval = round(session_hours * 3600)
    if receive_maximum is not None:
        asked.ReceiveMaximum = receive_maximum
    client.connect_async(
        parameters.host,
        parameters.port,
        keepalive=parameters.keepalive_seconds,
        clean_start=False,
        properties=asked,
    )
    client.loop_start()


def _refused(parameters: MqttParameters, reason: str) -> str:
    return (
        f"the broker {parameters.host}:{parameters.port} refuses us: {reason}. Put a name and a "
        f"password that it knows into the environment ({USER}, {PASSWORD})."
    )


def covering(filters: Sequence[str], topic: str) -> str | None:
    """The first topic filter that a topic matches, None where there is none.

    A shared subscription, $share/GROUP/FILTER, matches as its filter does.
    """
    return next((name for name in filters if paho.topic_matches_sub(_unshared(name), topic)), None)


def _unshared(topic_filter: str) -> str:
    if not topic_filter.startswith("$share/"):
        return topic_filter
    return topic_filter.split("/", 2)[-1]


def _is_filter(topic: str) -> bool:
    """Whether a text is an MQTT topic filter: wildcards stand for whole levels, # for the rest."""
    levels = topic.split("/")
    return bool(topic) and all(
        (level in ("+", "#") or not set("+#\0") & set(level))
        and (level != "#" or place == len(levels) - 1)
        for place, level in enumerate(levels)
    )
