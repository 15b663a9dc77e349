"""How a request reaches a service: a direct WSGI call in this process, or pooled HTTP to another one.

Invariants: nothing is sent twice unless it may be; a service that does not answer is `Away`, never a driver's error;
a call in this process leaves the caller's context (request, log fields) as it was.
"""

from __future__ import annotations

import contextvars
import io
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

import httpx
import structlog

from shared.files import port
from shared.kernel import errors

CONNECT_S = 2  # a service of the same network that does not take a connection by then is away
ANSWER_S = 25  # longer than a service waits for its database; shorter than a browser waits for us
POOL_S = 3  # how long a request waits for a free connection before it is told to come back
CONNECTIONS = 64  # per service and process; at least as many as the front has threads
SAFE = ("GET", "HEAD", "OPTIONS")

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Flow:
    """A body that is passed on piece by piece; `size` is None where its sender did not say it."""

    stream: port.Reading
    size: int | None

    def chunks(self) -> Iterator[bytes]:
        """The pieces, read as they are sent."""
        while part := self.stream.read(port.CHUNK):
            yield part


Body = bytes | Flow

log = structlog.get_logger(__name__)


class Away(errors.Transient):
    """The service {service} does not answer at the moment. Please try again in a little while."""

    code = "service-away"


@dataclass(slots=True)
class Reply:
    """What came back, its body still to be read. `close` may be called at any time, and must be called once."""

    status: int
    headers: list[tuple[str, str]]
    chunks: Iterator[bytes]
    close: Callable[[], None]

    def read(self) -> bytes:
        """The whole body; closes. Raises `Away` when it breaks off."""
        try:
            return b"".join(self.chunks)
        finally:
            self.close()


class Transport(Protocol):
    """The port. `target` is a path that begins with a slash, percent-encoded, with its query."""

    def send(self, method: str, target: str, *, headers: Headers, body: Body = b"") -> Reply:
        """One exchange. Raises `Away`."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Local:
    """A WSGI app of this process, called in the caller's thread."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def send(self, method: str, target: str, *, headers: Headers, body: Body = b"") -> Reply:
        """One exchange, in a copy of the context: the app may clear log fields and push what it likes."""
        context = contextvars.copy_context()
        answered: list[Any] = []

        def start_response(status: str, given: list[tuple[str, str]], _error: Any = None) -> Any:
            answered[:] = (status, given)
            return _no_write

        app_iter = context.run(self._app, _environ(method, target, headers, body), start_response)
        status, given = answered  # a Flask app answers before it returns
        chunks = iter(app_iter)

        def close() -> None:
            context.run(getattr(app_iter, "close", _nothing))

        return Reply(int(status[:3]), list(given), _run_in(context, chunks), close)

    def close(self) -> None:
        """Nothing is kept open."""


def _environ(method: str, target: str, headers: Headers, body: Body) -> dict[str, Any]:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)) if isinstance(body, bytes) else _said(body),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body.stream,
        "wsgi.input_terminated": not isinstance(body, bytes),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _said(body: Flow) -> str:
    return "" if body.size is None else str(body.size)


def _run_in(context: contextvars.Context, chunks: Iterator[bytes]) -> Iterator[bytes]:
    while (chunk := context.run(next, chunks, None)) is not None:
        yield chunk


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("a Flask app never writes this way")


def _nothing() -> None:
    """For bodies that have nothing to close."""


class Remote:
    """A service at a base URL, over kept-open connections. Made before or after a fork; connects at the first call."""

    def __init__(self, service: str, url: str) -> None:
        self._service, self._url = service, url.rstrip("/")
        self._guard = threading.Lock()
        self._made: httpx.Client | None = None

    def send(self, method: str, target: str, *, headers: Headers, body: Body = b"") -> Reply:
        """One exchange; sent once more when nothing had left, or when sending it twice does no harm."""
        keyed = any(name.lower() == "idempotency-key" for name in headers)
        harmless = (method in SAFE or keyed) and isinstance(body, bytes)  # what has flowed by cannot flow again
        try:
            return self._once(method, target, headers, body)
        except httpx.TransportError as error:
            nothing_sent = isinstance(error, httpx.ConnectError)
            if isinstance(error, httpx.TimeoutException) or not (harmless or nothing_sent):
                raise self._away(error) from error
        try:
            return self._once(method, target, headers, body)
        except httpx.TransportError as error:
            raise self._away(error) from error

    def _once(self, method: str, target: str, headers: Headers, body: Body) -> Reply:
        client = self._client()
        sent = {**headers}
        if isinstance(body, Flow) and body.size is not None:
            sent["Content-Length"] = str(body.size)
        content = (body or None) if isinstance(body, bytes) else body.chunks()
        request = client.build_request(method, self._url + target, headers=sent, content=content)
        response = client.send(request, stream=True)
        return Reply(response.status_code, response.headers.multi_items(), self._chunks(response), response.close)

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_raw()
        except httpx.TransportError as error:
            raise self._away(error) from error

    def _client(self) -> httpx.Client:
        with self._guard:
            if self._made is None:
                self._made = httpx.Client(
                    timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S, pool=POOL_S),
                    limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                    follow_redirects=False,
                    trust_env=False,  # a proxy of the environment is for the outside world, not for our own services
                )
                for name in ("accept", "accept-encoding", "user-agent"):
                    del self._made.headers[name]
            return self._made

    def _away(self, error: httpx.TransportError) -> Away:
        log.warning("service_away", service=self._service, error=repr(error))
        return Away(service=self._service)

    def close(self) -> None:
        """Close the connections."""
        with self._guard:
            if self._made is not None:
                self._made.close()
                self._made = None


def to(service: str, where: Any) -> Transport:
    """The way to a service: a base URL, or the WSGI app of this process."""
    return Remote(service, where) if isinstance(where, str) else Local(where)
