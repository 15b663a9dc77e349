"""What every address does beside its business: methods, slashes, headers, bodies without a length, accidents."""

from __future__ import annotations

import io
import json
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from waitress import server as waitress

from shared.kernel import errors
from shared.web import app
from tests.flows.house import HAI_PHONG, House
from tests.web import problems, routes, trial
from tests.web.routes import Route, World

RULES = sorted({(route.service, route.rule) for route in routes.known()})
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"}
BODY = {"name": "Lê Văn Nam", "mails": ["nam@example.com"], "unit": HAI_PHONG, "content": "Khi nào?"}


@pytest.mark.parametrize(("service", "rule"), RULES, ids=str)
def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_takes(
    still_world: World, service: str, rule: str
) -> None:
    fits = [
        r for r in routes.known() if r.service == service and re.fullmatch(re.sub("<[^>]+>", "[^/]+", r.rule), rule)
    ]
    taken = {route.method for route in fits}  # of `/v1/staff/import`, those of `/v1/staff/<id>` as well
    taken |= {"HEAD"} & ({"HEAD"} if "GET" in taken else set())
    path = still_world.path(Route(service, "GET", rule))
    for method in sorted(METHODS - taken):
        english, other = (
            still_world.house.client(service, still_world.admin, language=language).call(method, path)
            for language in ("en", "vi")
        )
        assert english.status == 405, method
        assert set(english.headers["Allow"].split(", ")) == taken
        if method != "HEAD":
            problems.in_both(english, other, "vi")


NOWHERE = ["/", "/v1", "/v1/", "/v1//tickets", "//v1/tickets", "/v1/tickets/x/y/z", "/static/x", "/favicon.ico",
           "/v1/tickets/../tickets", "/%2e%2e/etc/passwd", "/v2/tickets"]  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
def test_an_address_that_is_not_there_is_not_found_and_never_redirected(still_world: World, path: str) -> None:
    for who in (None, still_world.admin):
        english, other = (
            still_world.house.client("support", who, language=language).get(path) for language in ("en", "zh")
        )
        assert english.status == 404, english.raw
        problems.in_both(english, other, "zh")


def test_a_slash_at_the_end_does_no_harm(house: House) -> None:
    client = house.client("support", house.staff())
    assert client.get("/v1/tickets/").expect(200) == client.get("/v1/tickets").expect(200)


def test_head_says_what_get_would_without_saying_it(house: House) -> None:
    client = house.client("support", house.staff())
    shown, asked = client.get("/v1/types"), client.call("HEAD", "/v1/types")
    assert (asked.status, asked.raw) == (200, b"")
    assert asked.headers["Content-Length"] == str(len(shown.raw))


def test_every_answer_forbids_guessing_and_keeping(house: House) -> None:
    staff = house.staff()
    for path in ("/v1/types", "/v1/tickets", "/v1/nothing", "/livez", "/docs"):
        headers = house.client("support", staff).get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_an_error_that_nobody_foresaw_tells_nothing_but_that_it_was_noted(house: House) -> None:
    def view() -> Any:
        raise RuntimeError("the password is hunter2, said Nguyễn Văn A")

    client = trial.client(house, view)
    english, other = (
        client.post("/v1/trial", {"word": "x"}, headers={"Accept-Language": language}) for language in ("en", "vi")
    )
    assert (english.status, english.code) == (500, "internal")
    problems.in_both(english, other, "vi")
    assert "hunter2" not in english.raw.decode()
    assert "RuntimeError" not in english.raw.decode()


def test_what_we_depend_on_being_away_says_when_to_come_back(house: House) -> None:
    def view() -> Any:
        raise errors.DatabaseAway

    answer = trial.client(house, view).post("/v1/trial", {"word": "x"}, headers={"Accept-Language": "zh"})
    problems.is_problem(answer, 503, "zh")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "trace", ["", "x", "0" * 55, "00-" + "g" * 32 + "-" + "1" * 16 + "-01", "00-" + "é" * 32 + "-" + "1" * 16 + "-01"]
)
def test_a_trace_that_is_none_is_replaced_and_reaches_no_event(house: House, trace: str) -> None:
    sent = {"traceparent": trace.encode().decode("latin-1")}
    house.client("support").post("/v1/public/requests", BODY, headers=sent).expect(201)
    (event,) = house.events("support", "support.ticket.received")
    assert app.TRACE.fullmatch(event["traceparent"])
    assert event["traceparent"] != trace


def test_a_good_trace_is_carried_on(house: House) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    house.client("support").post("/v1/public/requests", BODY, headers={"traceparent": trace}).expect(201)
    (event,) = house.events("support", "support.ticket.received")
    assert event["traceparent"] == trace


def test_methods_that_do_not_exist_do_not_grow_the_metrics(house: House) -> None:
    client = house.client("support", house.staff())
    for number in range(5):
        client.call(f"BREW{number}", "/v1/types")
    text = house.client("support").get("/metrics").raw.decode()
    assert "BREW" not in text
    assert 'method="other"' in text


def test_an_empty_body_is_no_body_whatever_it_is_called(house: House) -> None:
    staff = house.client("support", house.staff("lead"))
    house.settle()  # so that the service knows who the lead is
    id = staff.post("/v1/tickets", {"content": "x", "requester": {"name": "A", "mails": ["a@b.example"]}}).body["id"]
    for kind in (None, "application/json"):
        refused = staff.call("POST", f"/v1/tickets/{id}/hand_over", raw=b"", kind=kind)
        assert (refused.status, refused.code) == (409, "wrong-state")
        missing = staff.call("POST", "/v1/tickets", raw=b"", kind=kind)
        assert (missing.status, set(missing.body["errors"])) == (422, {"content", "requester"})


# ---- bodies that do not say how long they are


@pytest.mark.parametrize(("size", "status"), [(app.MAX_BODY_BYTES, 422), (app.MAX_BODY_BYTES + 1, 413)])
def test_a_body_in_chunks_is_refused_by_what_arrives_of_it(house: House, size: int, status: int) -> None:
    """As production's server hands it over: a stream that ends by itself, and no length."""
    shell = b'{"name": ""}'
    stream = io.BytesIO(shell[:-2] + b"x" * (size - len(shell)) + shell[-2:])
    response = (
        house.apps["support"]
        .test_client()
        .post(
            "/v1/public/requests",
            input_stream=stream,
            content_type="application/json",
            headers={"Transfer-Encoding": "chunked", "Accept-Language": "vi"},
            environ_overrides={"wsgi.input_terminated": True},
        )
    )
    assert response.status_code == status
    assert response.headers["Content-Language"] == "vi"
    assert response.mimetype == trial.CONTENT_TYPE


@pytest.fixture
def address(house: House) -> Iterator[tuple[str, int]]:
    """The support API behind the embedded mode's real server."""
    made: Any = waitress.create_server(house.apps["support"], host="127.0.0.1", port=0, threads=2, ident="")
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield "127.0.0.1", made.effective_port
    made.close()
    thread.join(10)


def chunked(address: tuple[str, int], body: bytes) -> tuple[int, dict[str, Any]]:
    """POST the body in chunks; the status and the JSON of the answer."""
    head = (
        "POST /v1/public/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nAccept-Language: zh\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), 60_000):
            part = body[start : start + 60_000]
            connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head_, _, text = answer.partition(b"\r\n\r\n")
    return int(head_.split()[1]), json.loads(text)


def test_a_real_server_takes_chunks_up_to_the_limit(house: House, address: tuple[str, int]) -> None:
    status, said = chunked(address, json.dumps({**BODY, "content": "阳" * 20_000}).encode())
    assert (status, set(said)) == (201, {"number", "follow"})
    before = house.snapshot("support")
    status, said = chunked(address, json.dumps({**BODY, "content": "x" * app.MAX_BODY_BYTES}).encode())
    assert (status, said["type"]) == (413, "urn:steward:problem:too-large")
    assert house.snapshot("support") == before
