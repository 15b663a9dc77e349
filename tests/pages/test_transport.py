"""How services are called: in this process without leaving a trace, over a connection without doing anything twice."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from typing import Any

import flask
import pytest
import structlog

from services.gateway import clients, transport
from shared.web import tokens
from tests.flows.house import House
from tests.pages import peers

_seen = contextvars.ContextVar("seen", default="outside")


def _streaming(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    _seen.set("inside")
    start_response("207 Multi-Status", [("X-Twice", "a"), ("X-Twice", "b"), ("X-Path", environ["PATH_INFO"])])
    return iter([b"one ", b"two ", _seen.get().encode()])


def test_a_call_in_this_process_streams_in_its_own_context_and_changes_nothing_of_ours() -> None:
    structlog.contextvars.bind_contextvars(request="ours")
    reply = transport.Local(_streaming).send("GET", "/v1/a%20b?c=d", headers={})
    assert (reply.status, reply.headers[:2]) == (207, [("X-Twice", "a"), ("X-Twice", "b")])
    assert list(reply.chunks) == [b"one ", b"two ", b"inside"]
    reply.close()
    assert _seen.get() == "outside"
    assert structlog.contextvars.get_contextvars()["request"] == "ours"


def test_a_call_in_this_process_lets_go_of_the_answer() -> None:
    closed: list[str] = []

    class Body(list[bytes]):
        def close(self) -> None:
            closed.append(_seen.get())

    def app(_environ: dict[str, Any], start_response: Any) -> Body:
        _seen.set("inside")
        start_response("200 OK", [])
        return Body([b"x"])

    assert transport.Local(app).send("GET", "/", headers={}).read() == b"x"
    assert closed == ["inside"]


def test_both_ways_to_a_service_give_the_same_answers(house: House) -> None:
    signer = house.process.signer()
    who = house.staff("staff")
    with peers.serving(house.apps["support"]) as url:
        made = []
        for where in (house.apps["support"], url):
            client = clients.Clients({"support": where}, signer)
            of = client.of("support", who, "zh")
            requester = {"name": "王小明 <&>", "mails": ["wang@example.com"]}
            answer = of.post("tickets", body={"content": "到港了吗？", "requester": requester}, key="same-key")
            made.append(answer.data["id"])
            assert of.get("tickets", answer.data["id"]).data["content"] == "到港了吗？"
            with pytest.raises(clients.Problem) as refused:
                of.post("tickets", answer.data["id"], "log", version=answer.version)
            assert (refused.value.status, refused.value.code, refused.value.state) == (409, "wrong-state", "received")
            assert "classify" in refused.value.possible
            assert "当前" in refused.value.detail or "状态" in refused.value.detail
            client.close()
        assert made[0] == made[1]  # one key, one ticket, whichever way it came


@pytest.mark.parametrize("path", [("tickets", ".."), ("tickets", "..", "public"), ("tickets", "a/../../x", "log")])
def test_an_id_from_an_address_reaches_nothing_but_the_object_it_names(house: House, path: tuple[str, ...]) -> None:
    heard: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        heard.append(environ["PATH_INFO"])
        start_response("404 NOT FOUND", [("Content-Type", "application/problem+json")])
        return [b"{}"]

    with peers.serving(app) as url:
        for where in (app, url):
            client = clients.Clients({"support": where}, house.process.signer())
            with pytest.raises(clients.Problem):
                client.of("support", tokens.ANONYMOUS, "en").get(*path)
            client.close()
    assert all(each.startswith("/v1/tickets/") for each in heard), heard


def test_a_service_that_is_not_there_is_away(house: House) -> None:
    client = clients.Clients({"support": peers.nobody()}, house.process.signer())
    with pytest.raises(transport.Away):
        client.of("support", tokens.ANONYMOUS, "en").get("public", "links", "x")
    with pytest.raises(transport.Away):
        client.of("notify", tokens.ANONYMOUS, "en").get("messages")


@pytest.mark.parametrize(
    ("method", "headers", "harmless"),
    [("GET", {}, True), ("POST", {"Idempotency-Key": "k"}, True), ("POST", {}, False), ("DELETE", {}, False)],
)
def test_only_what_may_be_sent_twice_is_sent_twice(method: str, headers: dict[str, str], harmless: bool) -> None:
    rude = peers.Rude(hang_ups=1)
    with rude.serving() as url:
        way = transport.Remote("support", url)
        if harmless:
            assert way.send(method, "/v1/x", headers=headers).read() == b'{"well":true}'
        else:
            with pytest.raises(transport.Away):
                way.send(method, "/v1/x", headers=headers)
        way.close()
    assert len(rude.heard) == (2 if harmless else 1)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", b"<html>a proxy</html>"),
        (200, "application/json", b"{broken"),
        (500, "text/html", b"<html>oops</html>"),
        (503, "application/problem+json", b'{"type":"urn:steward:problem:database-away"}'),
        (401, "application/problem+json", b'{"type":"urn:steward:problem:unauthenticated"}'),
        (404, "application/problem+json", b"[]"),
    ],
)
def test_what_no_service_of_ours_would_say_counts_as_away(house: House, status: int, kind: str, body: bytes) -> None:
    app = flask.Flask("strange")

    @app.get("/v1/x")
    def strange() -> flask.Response:
        return flask.Response(body, status=status, content_type=kind)

    client = clients.Clients({"support": app}, house.process.signer())
    with pytest.raises(transport.Away):
        client.of("support", tokens.ANONYMOUS, "en").get("x")
