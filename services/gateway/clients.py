"""The services as the pages call them: JSON in and out, a person's signed token, problems as errors.

Pages of the gateway itself call the directory's commands; for every other service they come here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from services.gateway import transport
from shared.files.port import Reading
from shared.web import tokens

PROBLEM = "application/problem+json"
FILE = "application/octet-stream"

log = structlog.get_logger(__name__)


class Problem(Exception):
    """A service refused: its problem+json, in the language that was asked for."""

    def __init__(self, service: str, status: int, body: Mapping[str, Any]) -> None:
        self.service, self.status = service, status
        self.code = str(body.get("type", "")).rpartition(":")[2]
        self.title, self.detail = str(body.get("title", "")), str(body.get("detail", ""))
        self.errors: Any = body.get("errors") or {}
        self.state, self.possible = body.get("state"), tuple(body.get("possible") or ())
        super().__init__(f"{service}: {status} {self.code}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered; `version` is that of the object, where it has one."""

    status: int
    data: Any
    version: int | None


class Clients:
    """A way to every service, from WSGI apps of this process or base URLs. Thread-safe."""

    def __init__(self, apis: Mapping[str, Any], signer: tokens.Signer) -> None:
        self._ways = {name: transport.to(name, where) for name, where in apis.items()}
        self._signer = signer

    @property
    def services(self) -> tuple[str, ...]:
        """The services that can be called."""
        return tuple(self._ways)

    def way(self, service: str) -> transport.Transport:
        """The transport to a service. Raises `transport.Away` for one that nobody told us the address of."""
        if service not in self._ways:
            log.error("service_without_address", service=service)
            raise transport.Away(service=service)
        return self._ways[service]

    def sign(self, who: tokens.Caller, service: str) -> str:
        """The value of the Authorization header by which the service knows who calls."""
        return f"Bearer {self._signer.sign(who, audience=service)}"

    def of(self, service: str, who: tokens.Caller, locale: str, *, trace: str | None = None) -> Client:
        """The service as this caller uses it; errors come in the given language."""
        return Client(self, service, who, locale, trace)

    def close(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            way.close()


class Client:
    """One service for one caller. Raises `Problem` for what the service refuses, `transport.Away`."""

    def __init__(self, clients: Clients, service: str, who: tokens.Caller, locale: str, trace: str | None) -> None:
        self._clients, self._service, self._who = clients, service, who
        self._headers = {"Accept": "application/json", "Accept-Language": locale}
        if trace:
            self._headers["traceparent"] = trace

    def get(self, *path: str, **query: Any) -> Answer:
        """Ask. Parts of the path are quoted, so that an id from an address can reach nothing else; None is left out,
        and a list is a parameter given several times."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return self._exchange("GET", _target(path) + (f"?{urlencode(given, doseq=True)}" if given else ""), {}, b"")

    def file(self, *path: str, kind: str, **query: Any) -> transport.Reply:
        """Ask for a file of this content type: its body is read piece by piece by whoever closes it."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        target = _target(path) + (f"?{urlencode(given, doseq=True)}" if given else "")
        reply = self._send("GET", target, {"Accept": kind}, b"")
        if reply.status != 200:
            self._read(reply.status, {name.lower(): value for name, value in reply.headers}, reply.read())
            raise transport.Away(service=self._service)
        return reply

    def post(
        self, *path: str, body: Mapping[str, Any] | None = None, key: str | None = None, version: int | None = None
    ) -> Answer:
        """Do. `key` makes a repeated call harmless; with `version` only that version of the object is changed."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        sent = json.dumps(body or {}, ensure_ascii=False).encode("utf-8", errors="surrogatepass")
        return self._exchange("POST", _target(path), headers, sent)

    def post_raw(self, *path: str, raw: bytes, kind: str) -> Answer:
        """Hand in a document of another kind than JSON, such as an event."""
        return self._exchange("POST", _target(path), {"Content-Type": kind}, raw)

    def send_file(self, *path: str, stream: Reading, size: int, name: str, declared: str) -> Answer:
        """Hand in a file, piece by piece, under its name."""
        headers = {
            "Content-Type": FILE if declared in ("", "multipart/form-data") else declared,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        return self._exchange("POST", _target(path), headers, transport.Flow(stream, size))

    def open(self, *path: str) -> transport.Reply:
        """A file as the service gives it out, still to be read. Raises as `get` does."""
        reply = self._send("GET", _target(path), {}, b"")
        if reply.status != 200:
            self._read(reply.status, _lower(reply), reply.read())
        return reply

    def _send(self, method: str, target: str, headers: dict[str, str], body: transport.Body) -> transport.Reply:
        headers = {**self._headers, **headers}
        if self._who is not tokens.ANONYMOUS:
            headers["Authorization"] = self._clients.sign(self._who, self._service)
        return self._clients.way(self._service).send(method, target, headers=headers, body=body)

    def _exchange(self, method: str, target: str, headers: dict[str, str], body: transport.Body) -> Answer:
        reply = self._send(method, target, headers, body)
        return self._read(reply.status, _lower(reply), reply.read())

    def _read(self, status: int, headers: dict[str, str], raw: bytes) -> Answer:
        kind = headers.get("content-type", "").partition(";")[0]
        try:
            data = json.loads(raw) if raw else None
        except ValueError:
            kind = ""
            data = None
        if 200 <= status < 300 and kind == "application/json":
            tag = headers.get("etag", "").strip('"')
            return Answer(status, data, int(tag) if tag.isdecimal() else None)
        if status in (401, 502, 503, 504) or kind != PROBLEM or not isinstance(data, dict):
            # 401: a service does not know our key, which is no fault of whoever looks at the page
            log.error("service_unusable", service=self._service, status=status, content_type=kind)
            raise transport.Away(service=self._service)
        raise Problem(self._service, status, data)


def _lower(reply: transport.Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers}


def _target(path: tuple[str, ...]) -> str:
    """`("tickets", id, "classify")` as `/v1/tickets/<id>/classify`."""
    return "/v1/" + "/".join(quote(part, safe="") if part.strip(".") else "%2E" * len(part) for part in path)
