"""The way in for API calls: `/api/<service>/v1/...`, by a system's bearer token or a signed-in person's browser.

Invariants: a service sees who calls only by our signed token, never a cookie or a token from outside; only its API is
reached, never its health, its metrics or another service; status, headers and body come back as the service gave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import flask

from services.gateway.clients import Clients
from services.gateway.directory.access import commands as access
from services.gateway.directory.access import queries
from services.gateway.front import csrf, faults, gate, signed
from services.gateway.public.rate import commands as rate
from services.gateway.public.rate import model as windows
from services.gateway.transport import Flow, Reply
from shared.kernel import errors
from shared.web import request, sent_file, site, tokens

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PUBLIC = "public/"
FILES = ("uploads", "public/uploads")
"""Where bodies of any size are passed on as they come; the service says what is too large."""
HOP_BY_HOP = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    )
)
OURS = frozenset(("authorization", "cookie", "host", "content-length", "accept-encoding", "forwarded", "via"))
"""Headers that end here: they say who calls us, or how."""
NOT_TOLD = frozenset(("set-cookie", "server", "date"))
"""Headers of a service that are not for whoever calls us."""

BLUEPRINT = flask.Blueprint("way_in", __name__)


class NoSuchService(errors.NotFound):
    """There is no service called {service}; there are: {known}."""

    code = "unknown-service"


class NotFromHere(errors.Forbidden):
    """You may not do this: {missing}."""

    code = "not-from-here"


@BLUEPRINT.route("/api/<service>/v1/<path:rest>", methods=METHODS)
@gate.checks_itself
def pass_on(service: str, rest: str) -> flask.Response:
    """Hand the call to the service, under the name of whoever made it, and its answer back."""
    clients = known(service)
    if any(part in (".", "..") for part in rest.split("/")):
        raise errors.NotFound  # whoever resolves it would reach what is not for everybody
    headers = _headers()
    body = _file() if rest in FILES else request.body()
    if rest.startswith(PUBLIC):
        _count()
    else:
        headers["Authorization"] = clients.sign(_caller(), service)
    target = f"/v1/{quote(rest, safe='/')}"
    if flask.request.query_string:
        target += "?" + quote(
            flask.request.query_string.decode("latin-1"), safe="%&=+;:@/?!$'()*,-._~", encoding="latin-1"
        )
    reply = clients.way(service).send(flask.request.method, target, headers=headers, body=body)
    return _answer(service, reply)


def _file() -> Flow:
    flask.request.max_content_length = sent_file.MAX_FORM_BYTES
    return Flow(flask.request.stream, flask.request.content_length)


def known(service: str) -> Clients:
    """The clients, if they can reach such a service. Raises `NoSuchService`."""
    clients: Clients = site.current().extras["clients"]
    if service not in clients.services:
        raise NoSuchService(service=service, known=", ".join(clients.services))
    return clients


def _caller() -> tokens.Caller:
    """Who calls. Raises `errors.Unauthenticated`, `NotFromHere` for a browser that another site made do it."""
    scheme, _, token = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token.strip():
            raise errors.Unauthenticated
        return _system(token.strip())
    who = signed.person().caller
    ours = csrf.same_origin() or csrf.carries(flask.request.headers.get(csrf.HEADER, ""))
    if flask.request.method not in gate.SAFE and not ours:
        raise NotFromHere(missing=f"a call from our own pages, or the header {csrf.HEADER}")
    return who


def _system(token: str) -> tokens.Caller:
    database = site.current().database
    with database.reading() as connection:
        who, used = queries.caller(connection, token, database.time.now())
    if used is not None:
        with database.work(actor=who.actor) as work:
            access.touch(work, used)
    return who


def _count() -> None:
    """What strangers send is counted by where it comes from; what they only look at is not."""
    if flask.request.method not in gate.SAFE:
        with site.current().database.work(actor="system:gateway") as work:
            rate.take(work, windows.POSTS, flask.request.remote_addr or "")


def _headers() -> dict[str, str]:
    """The caller's headers, without those that end here, and without any that only stand for the way it came."""
    named = {name.strip().lower() for name in flask.request.headers.get("Connection", "").split(",")}
    ending = HOP_BY_HOP | OURS | named
    passed = {
        name: value
        for name, value in flask.request.headers.items()
        if name.lower() not in ending and not name.lower().startswith(("x-forwarded-", "x-real-ip", "sec-"))
    }
    passed.setdefault("traceparent", flask.g.trace)
    return passed


def _answer(service: str, reply: Reply) -> flask.Response:
    headers = [(name, value) for name, value in reply.headers if name.lower() not in HOP_BY_HOP | NOT_TOLD]
    headers = [(n, f"/api/{service}{v}" if n.lower() == "location" and v.startswith("/v1/") else v) for n, v in headers]
    response = flask.Response(_body(reply), status=reply.status, headers=headers)
    response.call_on_close(reply.close)
    return response


def _body(reply: Reply) -> Iterator[bytes] | bytes:
    if flask.request.method == "HEAD":
        return b""
    return reply.chunks


def challenge(response: flask.Response) -> flask.Response:
    """Say how one signs in to the API, where somebody has not."""
    if response.status_code == 401 and faults.to_a_program():
        response.headers.setdefault("WWW-Authenticate", "Bearer")
    return response


@BLUEPRINT.route("/api/", defaults={"rest": ""}, methods=METHODS)
@BLUEPRINT.route("/api/<path:rest>", methods=METHODS)
@gate.checks_itself
def nothing(rest: str) -> Any:
    """Everything else below /api: a problem that says what there is."""
    known(rest.partition("/")[0])
    raise errors.NotFound
