"""Alerts go out: to an MQTT broker and to a webhook, from the outbox that each batch fills.

Nothing is given up: what does not go out is tried again, ever more seldom, and only in its newest
revision. Each target has a thread of its own, so a slow one delays neither the other nor what
comes in. A message may come twice (its acknowledgement was lost); alert_id and revision tell.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import queue
import random
import sqlite3
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec
import requests
from annotated_types import Ge, Gt

from infraction_model.alerts.events import Alert
from infraction_model.errors import ConfigError, InputError, StorageError
from infraction_model.io.live_view import LiveView
from infraction_model.io.masking import has_password
from infraction_model.io.mqtt import MqttParameters, MqttSender, covering

SECRET = "INFRACTION_MODEL_WEBHOOK_SECRET"
"""The environment variable that holds the secret which signs what goes to the webhook."""

LEAST_SECRET = 16
_LEAVING_SECONDS = 3.0
"""So long the end waits for what is on its way; what did not arrive by then is sent again."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutgoingParameters:
    """Where alerts go out to; a target that is null is not used.

    `topic` is the beginning of an MQTT topic: each alert goes to TOPIC/ZONE. `webhook` is an
    address that takes a POST per alert. What fails is tried again after about `first_seconds`,
    then twice as long each time, at most `longest_seconds`. A target has `patience_seconds` in all
    to answer.
    """

    topic: str | None = None
    webhook: str | None = None
    first_seconds: Annotated[float, Gt(0)] = 2.0
    longest_seconds: Annotated[float, Gt(0)] = 120.0
    patience_seconds: Annotated[float, Gt(0)] = 10.0
    look_seconds: Annotated[float, Gt(0)] = 0.2
    at_once: Annotated[int, Ge(1)] = 100

    def __post_init__(self) -> None:
        if self.topic is not None and (not self.topic.strip("/") or set(self.topic) & set("+#\0")):
            raise ConfigError(
                f"key 'outgoing.topic': expected a topic without + and #, got {self.topic!r}."
            )
        if self.webhook is None:
            return
        if not _is_address(self.webhook):
            raise ConfigError(
                "key 'outgoing.webhook': expected an address such as "
                f"https://example.org/alerts, got {self.webhook!r}."
            )
        if has_password(self.webhook):
            raise ConfigError(
                "key 'outgoing.webhook': a password does not belong into an address. What is sent "
                f"is signed with the secret in the environment ({SECRET})."
            )

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets in use, as the outbox knows them."""
        used = {"mqtt": self.topic, "webhook": self.webhook}
        return tuple(name for name, where in used.items() if where is not None)


def _is_address(webhook: str) -> bool:
    """Whether a POST can go there: its host a name that can be looked up, its port one."""
    try:
        parts = urllib.parse.urlsplit(webhook)
        host, _port = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:  # UnicodeError is one
        return False
    return parts.scheme in ("http", "https") and bool(host)


class Target(Protocol):
    """Where alerts go: `send` says whether one has arrived."""

    def send(self, alert: Alert) -> bool: ...

    def close(self) -> None: ...


def message_of(alert: Alert) -> bytes:
    """An alert as it goes out: JSON of its fields, and `state` open or closed."""
    state = "open" if alert.closed_at is None else "closed"
    return msgspec.json.encode({"state": state, **msgspec.structs.asdict(alert)})


class MqttTarget:
    """TOPIC/ZONE at a broker, with QoS 1, not retained; signs that topics reserve are %-encoded."""

    def __init__(self, topic: str, sender: MqttSender, patience_seconds: float) -> None:
        self._topic = topic.rstrip("/")
        self._sender = sender
        self._patience = patience_seconds

    def send(self, alert: Alert) -> bool:
        zone = urllib.parse.quote(alert.zone_id, safe="")
        return self._sender.publish(f"{self._topic}/{zone}", message_of(alert), self._patience)

    def close(self) -> None:
        self._sender.close()


class WebhookTarget:
    """A POST per alert, signed where there is a secret; only an answer of 2xx counts as arrived.

    Each POST has a thread: neither a name that is looked up for ever nor an answer that comes byte
    by byte can hold up `send` for longer than `patience_seconds`.
    The header `X-Infraction-Model-Signature: t=SECONDS,sha256=HEX` holds the HMAC (RFC 2104) of
    "SECONDS." and the body, so that an old message cannot be sent again as a new one.
    """

    def __init__(
        self, address: str, secret: str | None, patience_seconds: float, now: Callable[[], float]
    ) -> None:
        self._address = address
        self._secret = secret
        self._patience = patience_seconds
        self._now = now
        self._session = requests.Session()
        self._under_way: threading.Thread | None = None

    def send(self, alert: Alert) -> bool:
        if self._under_way is not None and self._under_way.is_alive():
            return False  # it is still busy with an earlier one
        answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._under_way = threading.Thread(
            target=lambda: answers.put(self._post(alert)), name="webhook-post", daemon=True
        )
        self._under_way.start()
        try:
            return answers.get(timeout=self._patience)
        except queue.Empty:
            return False

    def _post(self, alert: Alert) -> bool:
        body = message_of(alert)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"{alert.alert_id}-{alert.revision}",
        }
        if self._secret is not None:
            signed = signature(body, self._secret, int(self._now()))
            headers["X-Infraction-Model-Signature"] = signed
        try:
            # redirected, it would become a GET or go where nobody meant it to
            with self._session.post(
                self._address,
                data=body,
                headers=headers,
                timeout=self._patience,
                allow_redirects=False,
                stream=True,  # what the answer says beside its status is not read
            ) as answer:
                return 200 <= answer.status_code < 300
        except requests.RequestException:
            return False

    def close(self) -> None:
        self._session.close()


def signature(body: bytes, secret: str, at: int) -> str:
    """What a receiver compares with the header: the time of sending and the HMAC of both."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},sha256={digest}"


def wait_seconds(tries: int, parameters: OutgoingParameters, dice: random.Random) -> float:
    """How long to wait after `tries` failures: twice as long each time, give or take a half.

    The jitter keeps those who wait for the same receiver from coming all at once.
    """
    doubled = parameters.first_seconds * 2.0 ** min(tries - 1, 60)
    return min(doubled, parameters.longest_seconds) * dice.uniform(0.5, 1.5)


class Delivery:
    """Brings what the outbox holds for one target there, again and again until it has arrived."""

    def __init__(
        self,
        name: str,
        target: Target,
        view: LiveView,
        parameters: OutgoingParameters,
        seed: int,
        now: Callable[[], float],
    ) -> None:
        self._name = name
        self._target = target
        self._view = view
        self._parameters = parameters
        self._dice = random.Random(f"{seed} {name}")
        self._now = now
        self._failures = 0  # in a row

    def once(self, stop: threading.Event | None = None) -> float:
        """Try what is due, up to the first failure; the seconds until it is worth to look again.

        Told to stop, it leaves what it has not begun with.
        An alert that failed has a next try of its own; and as long as nothing arrives, the target
        is left in peace for as long as if all its failures were those of one alert.
        """
        due = self._view.outbox_due(self._name, self._now(), self._parameters.at_once)
        for waiting in due:
            if stop is not None and stop.is_set():
                break
            if not self._target.send(waiting.alert):
                wait = wait_seconds(waiting.tries + 1, self._parameters, self._dice)
                self._view.outbox_retry(waiting.id, self._now() + wait)
                return self._failed()
            self._view.outbox_done(waiting.id)
            self._arrived()
        return 0.0 if len(due) == self._parameters.at_once else self._parameters.look_seconds

    def until(self, stop: threading.Event) -> None:
        """Go on until told to stop."""
        while not stop.is_set():
            try:
                wait = self.once(stop)
            except sqlite3.ProgrammingError:
                if not stop.is_set():
                    raise
                return  # the end did not wait for this one, and has closed the outbox
            except (InputError, StorageError) as error:  # busy, full, or damaged
                _LOG.warning("outgoing alerts: %s: the outbox: %s", self._name, error)
                wait = self._parameters.first_seconds
            stop.wait(wait)

    def _failed(self) -> float:
        self._failures += 1
        if self._failures == 1:
            _LOG.warning("outgoing alerts: %s does not answer; they wait", self._name)
        return wait_seconds(self._failures, self._parameters, self._dice)

    def _arrived(self) -> None:
        if self._failures:
            _LOG.warning("outgoing alerts: %s answers again", self._name)
        self._failures = 0


@contextlib.contextmanager
def sending(
    view: LiveView,
    parameters: OutgoingParameters,
    broker: MqttParameters,
    environment: Mapping[str, str],
    seed: int,
    now: Callable[[], float] = time.time,
) -> Iterator[None]:
    """Send out what the outbox holds while the block runs, a thread per target.

    `now` gives seconds since 1970: the next tries are kept in them. Raises ConfigError for a
    secret that is too short, or a topic that is read as well.
    """
    stop = threading.Event()
    with contextlib.ExitStack() as opened:
        threads = []
        for name, target in _targets(parameters, broker, environment, now):
            opened.callback(target.close)
            delivery = Delivery(name, target, view, parameters, seed, now)
            threads.append(
                threading.Thread(target=delivery.until, args=(stop,), name=name, daemon=True)
            )
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            leave_at = time.monotonic() + _LEAVING_SECONDS
            for thread in threads:
                thread.join(max(0.0, leave_at - time.monotonic()))


def _targets(
    parameters: OutgoingParameters,
    broker: MqttParameters,
    environment: Mapping[str, str],
    now: Callable[[], float],
) -> Sequence[tuple[str, Target]]:
    secret = environment.get(SECRET)
    if parameters.webhook is not None and secret is not None and len(secret) < LEAST_SECRET:
        raise ConfigError(f"{SECRET} must have {LEAST_SECRET} characters or more.")
    found: list[tuple[str, Target]] = []
    patience = parameters.patience_seconds
    if parameters.topic is not None:
        _check_no_circle(parameters.topic, broker)
        found.append(("mqtt", MqttTarget(parameters.topic, MqttSender(broker), patience)))
    if parameters.webhook is not None:
        found.append(("webhook", WebhookTarget(parameters.webhook, secret, patience, now)))
    return found


def _check_no_circle(topic: str, broker: MqttParameters) -> None:
    read = covering(broker.topics, f"{topic.rstrip('/')}/zone")
    if read is not None:
        raise ConfigError(
            f"key 'outgoing.topic': what goes out to {topic}/ZONE would come in again, as "
            f"mqtt.topics has '{read}'. Choose another, such as alerts/town."
        )
