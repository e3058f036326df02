"""The live page, served: the page, open alerts, what is new as it happens, and officers' reports.

The one file that imports Starlette and uvicorn. It reads the store of the live service and asks
nothing of it; a report goes into the store's inbox, for the service to take up.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from infraction_model.errors import ConfigError, InputError, StorageError
from infraction_model.io.live_access import Access, ServerParameters, access_for
from infraction_model.io.live_news import RECONNECT, all_news, event, news_since
from infraction_model.io.live_view import LiveView
from infraction_model.wording import LANGUAGES, words

_MOST_BODY = 1000  # bytes of a report
_MOST_DIGITS = 18  # of a revision
_COOKIE_DAYS = 30
_REQUEST_SECONDS = 10.0
"""A connection brings a whole request within these seconds, or is closed."""
_MORE_CONNECTIONS = 100
"""So many connections there may be beside those of the readers: files that are open are few, and
the service needs some to keep its state."""
_SECURITY_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    """What an officer's report consists of."""

    right: bool


@dataclass(frozen=True)
class Served:
    """Where the page is: its address, and the link to it.

    The link brings the token where that was made at this start: nobody knows it yet. One that was
    given is known to whom it concerns, and printed nowhere.
    """

    address: str
    access: Access

    @property
    def link(self) -> str:
        return f"{self.address}/?token={self.access.token}" if self.access.made else self.address


@contextlib.contextmanager
def serving(
    page: str, view: LiveView, parameters: ServerParameters, environment: Mapping[str, str]
) -> Iterator[Served]:
    """Serve the page in a thread of its own while the block runs.

    Raises ConfigError where the address cannot be listened on or a token is lacking
    (live_access.py), InputError where the certificate cannot be read.
    """
    access = access_for(parameters, environment)
    with contextlib.closing(_listen(parameters)) as listening:
        host, port = listening.getsockname()[:2]
        scheme = "http" if parameters.certificate is None else "https"
        desk = _Desk(page, view, parameters)
        secure = parameters.certificate is not None
        door = _Door(_application(desk), access, f"infraction_model_live_{port}", secure)
        server = _server(door, parameters)
        thread = threading.Thread(target=server.run, args=([listening],), name="live page")
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield Served(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}", access)
        finally:
            desk.ending.set()
            server.should_exit = True
            thread.join()


def _listen(parameters: ServerParameters) -> socket.socket:
    family = socket.AF_INET6 if ":" in parameters.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((parameters.host, parameters.port))
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"key 'server': cannot listen on {parameters.host}, port {parameters.port} "
            f"({error.strerror or error}). Choose another port (server.port=0: any free one) or an "
            "address of this machine."
        ) from None
    return listening


def _server(app: ASGIApp, parameters: ServerParameters) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=_connections(parameters.most_readers + _MORE_CONNECTIONS, _REQUEST_SECONDS),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # a link may hold the token
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(parameters.look_seconds) + 1,
        ssl_certfile=parameters.certificate,
        ssl_keyfile=parameters.private_key,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise InputError(
            f"key 'server.certificate': {parameters.certificate} with {parameters.private_key} "
            f"cannot be used ({error.strerror or error}). Both must be readable PEM files that "
            "belong together."
        ) from None
    return uvicorn.Server(config)


def _connections(most: int, seconds: float) -> type[H11Protocol]:
    """Connections that do not stay without asking for anything, and never more than `most`."""

    class Connection(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()
                return
            self._wait_for_request()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._deadline is not None:
                self._deadline.cancel()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._wait_for_request()

        def _wait_for_request(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
            self._deadline = self.loop.call_later(seconds, self._close_if_idle)

        def _close_if_idle(self) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.close()

    return Connection


def _application(desk: _Desk) -> Starlette:
    """The four addresses, and the watch over the state while they are served."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        watch = asyncio.create_task(desk.watch())
        yield
        watch.cancel()

    routes = [
        Route("/", desk.page),
        Route("/alerts.json", desk.alerts),
        Route("/events", desk.events),
        Route("/alerts/{alert_id}/verdict", desk.verdict, methods=["POST"]),
    ]
    handlers = {StorageError: _unavailable, InputError: _unavailable}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


def _unavailable(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503, {"Retry-After": "30"})


class _Desk:
    """What the server answers to requests that were let in; `ending` lets its readers go."""

    def __init__(self, page: str, view: LiveView, parameters: ServerParameters) -> None:
        self._page = page
        self._view = view
        self._parameters = parameters
        self._revision = -1
        self._changed = asyncio.Condition()
        self._readers = 0
        self.ending = threading.Event()

    async def watch(self) -> None:
        """Look for what is new, once for all readers."""
        while True:
            # busy for once, or damaged: look again, the service says what to do
            with contextlib.suppress(StorageError, InputError):
                revision = self._view.revision()
                if revision != self._revision or self.ending.is_set():
                    async with self._changed:
                        self._revision = revision
                        self._changed.notify_all()
            await asyncio.sleep(self._parameters.look_seconds)

    async def page(self, _request: Request) -> Response:
        return Response(self._page, media_type="text/html; charset=utf-8")

    async def alerts(self, _request: Request) -> Response:
        return _json(all_news(self._view))

    async def events(self, request: Request) -> Response:
        if self._readers >= self._parameters.most_readers:
            return PlainTextResponse(
                f"{self._readers} pages follow already.\n", 503, {"Retry-After": "30"}
            )
        last = request.headers.get("last-event-id", "")
        known = last.isascii() and last.isdigit() and len(last) <= _MOST_DIGITS
        self._readers += 1  # before it is answered: others may ask meanwhile
        return _Following(self._stream(int(last) if known else None), self._reader_left)

    def _reader_left(self) -> None:
        self._readers -= 1

    async def _stream(self, after: int | None) -> AsyncIterator[bytes]:
        """What is new after a revision, or all there is, then what is new as it comes."""
        # where the state cannot be read, the line ends: the page takes it up again
        with contextlib.suppress(StorageError, InputError):
            # a store that was begun anew counts its revisions from the start
            if after is None or after > self._view.revision():
                news = all_news(self._view)
                yield RECONNECT + event("all", news, news["revision"])
                after = news["revision"]
            while not self.ending.is_set():
                if await self._something_after(after):
                    news = news_since(self._view, after)
                    yield event("changes", news, news["revision"])
                    after = news["revision"]
                else:
                    yield event("beat", {"clock": self._view.clock()})

    async def _something_after(self, revision: int) -> bool:
        """Wait for a change after `revision` or the end; False after a heartbeat without."""
        try:
            async with asyncio.timeout(self._parameters.heartbeat_seconds), self._changed:
                await self._changed.wait_for(
                    lambda: self._revision > revision or self.ending.is_set()
                )
        except TimeoutError:
            return False
        return True

    async def verdict(self, request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _MOST_BODY:
            return PlainTextResponse(f"expected a body of at most {_MOST_BODY} bytes\n", 413)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return PlainTextResponse("expected application/json\n", 415)
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                body = await request.body()
            report = msgspec.json.decode(body, type=_Report)
        except TimeoutError:
            return PlainTextResponse("the body did not come\n", 408)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return PlainTextResponse(f'expected {{"right": true}} or false: {error}\n', 400)
        alert_id = request.path_params["alert_id"]
        if not self._view.post_verdict(alert_id, report.right):
            return PlainTextResponse("no such alert\n", 404)
        return _json({"alert_id": alert_id, "right": report.right}, 202)


class _Following(StreamingResponse):
    """Server-sent events to one reader; `left` is called when it has gone, however."""

    def __init__(self, events: AsyncIterator[bytes], left: Callable[[], None]) -> None:
        # a proxy must not hold events back
        headers = {"X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left()


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


class _Door:
    """Looks at every request before anything else does: by which name it came, and with what token.

    The token comes as `Authorization: Bearer`, or as the cookie that a link with ?token= or a
    report with the right token brings. Each answer forbids to be framed, kept or guessed at.
    """

    def __init__(self, app: ASGIApp, access: Access, cookie: str, secure: bool) -> None:
        self._app = app
        self._access = access
        self._cookie = cookie
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        bearer = _bearer(request)
        answer = self._answer(request, bearer)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_SECURITY_HEADERS)
                if message["status"] == 202 and self._access.knows(bearer):
                    headers.append("Set-Cookie", self._cookie_with(bearer))
            await send(message)

        await (answer or self._app)(scope, receive, send_guarded)

    def _answer(self, request: Request, bearer: str | None) -> Response | None:
        """The answer to a request that goes no further, None where it is let in."""
        host = request.headers.get("host", "")
        if not self._access.reached_rightly(host):
            return PlainTextResponse("unknown host name: see server.names\n", 421)
        origin = request.headers.get("origin")
        writes = request.method not in ("GET", "HEAD")
        if writes and origin is not None and origin.partition("://")[2] != host:
            return PlainTextResponse("reports come from the page itself\n", 403)
        linked = request.query_params.get("token")
        if linked is not None and not writes and request.url.path == "/":
            return self._linked(linked)
        if not (writes or self._access.to_read):
            return None
        given = bearer or request.cookies.get(self._cookie)
        return None if self._access.knows(given) else _needs_token()

    def _linked(self, token: str) -> Response:
        """A link with ?token= leaves a cookie, and the token out of the address."""
        if not self._access.knows(token):
            return _needs_token()
        return RedirectResponse("/", 303, {"Set-Cookie": self._cookie_with(token)})

    def _cookie_with(self, token: str) -> str:
        secure = "; Secure" if self._secure else ""
        age = _COOKIE_DAYS * 24 * 3600
        return f"{self._cookie}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _needs_token() -> Response:
    said = "\n".join(words("live", language)["needs_token"] for language in LANGUAGES)
    return PlainTextResponse(said + "\n", 401, {"WWW-Authenticate": "Bearer"})
