"""Who may look at the live page and who may write: addresses, names and the token."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated

from annotated_types import Ge, Gt, Interval

from infraction_model.errors import ConfigError

TOKEN = "INFRACTION_MODEL_LIVE_TOKEN"
"""The environment variable that holds the token."""

LEAST_TOKEN = 16


@dataclass(frozen=True)
class ServerParameters:
    """Where the live page is served.

    `host` is the address it listens on, `port` 0 any free one. `names` are the names by which
    browsers reach it where that is not an address of this machine (a proxy, a name of the
    network). `certificate` and `private_key` are PEM files for https. `most_readers` pages at a
    time may follow; each hears of what is new within `look_seconds`, and every
    `heartbeat_seconds` that the line still stands.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Interval(ge=0, le=65535)] = 8350
    names: tuple[str, ...] = ()
    certificate: str | None = None
    private_key: str | None = None
    most_readers: Annotated[int, Ge(1)] = 64
    look_seconds: Annotated[float, Gt(0)] = 0.25
    heartbeat_seconds: Annotated[float, Interval(gt=0, le=30)] = 15.0

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.private_key is None):
            raise ConfigError(
                "key 'server.certificate': https takes both a certificate and its private_key."
            )


@dataclass(frozen=True)
class Access:
    """The rules that every request is held to.

    `made`: the token was made at this start, as nobody gave one. `to_read`: reading needs it too;
    writing always does. `names`: what the Host header of a request may say beside addresses.
    """

    token: str
    made: bool
    to_read: bool
    names: frozenset[str]

    def knows(self, token: str | None) -> bool:
        """Whether this is the token, compared in constant time."""
        return token is not None and compare_digest(token.encode(), self.token.encode())

    def reached_rightly(self, host: str) -> bool:
        """Whether a request may have this Host header ("name:port").

        A page elsewhere can have its own name resolve to this machine (DNS rebinding), but not an
        address. Where reading needs no token, only this machine's own addresses are let through.
        """
        name = _without_port(host)
        if name in self.names:
            return True
        return _is_address(name) if self.to_read else is_loopback(name)


def access_for(parameters: ServerParameters, environment: Mapping[str, str]) -> Access:
    """The rules for where the page is served; a token is made where one is only needed to write.

    Raises ConfigError where others than this machine's users can reach it and no token of at least
    16 characters is given.
    """
    given = environment.get(TOKEN)
    if given is not None and (len(given) < LEAST_TOKEN or not _can_be_sent(given)):
        raise ConfigError(
            f"{TOKEN} must be {LEAST_TOKEN} or more letters, digits or signs of ASCII without "
            f"blanks, got {len(given)} characters. For example: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(24))"'
        )
    reached_by_others = not is_loopback(parameters.host) or bool(parameters.names)
    if reached_by_others and given is None:
        where = parameters.names or (parameters.host,)
        raise ConfigError(
            f"the live page would be open to whoever reaches {', '.join(where)}: put a token of "
            f"{LEAST_TOKEN} characters or more into the environment ({TOKEN}), or serve it on "
            "127.0.0.1 without names."
        )
    return Access(
        token=given or secrets.token_urlsafe(24),
        made=given is None,
        to_read=reached_by_others,
        names=frozenset(name.lower().rstrip(".") for name in parameters.names),
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine itself is reached by this name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


def _can_be_sent(token: str) -> bool:
    """Whether a cookie and a header can hold it as it is."""
    return token.isascii() and token.isprintable() and not set(' ",;\\') & set(token)


def _without_port(host: str) -> str:
    """The name or address of a Host header, in small letters, an IPv6 address without brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")
