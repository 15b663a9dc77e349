"""The way in for API calls: who calls is said by us alone, and what the service answers comes back as it is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import flask
import pytest
from werkzeug.test import TestResponse

from services.gateway.directory.access import commands as access
from services.gateway.public.rate import model as windows
from shared.runtime import settings
from shared.web import app as service_app
from tests.flows.house import HAI_PHONG, PUBLIC_URL, House
from tests.pages import peers
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn

REQUEST = {"content": "Hỏi giá", "requester": {"name": "Lê Văn Nam", "mails": ["nam@example.com"]}}
ASKED = {"unit": HAI_PHONG, "name": "王小明", "locale": "zh", "mails": ["wang@example.com"], "content": "你好"}


def issue(house: House, *scopes: str, system: str = "tos") -> tuple[str, str]:
    """A token for a system: its id and what the system sends."""
    with house.work("gateway") as work:
        made, token = access.issue(work, system=system, scopes=scopes, unit=HAI_PHONG)
    return made.id, token


def call(browser: Browser, method: str, path: str, token: str | None = None, **more: Any) -> TestResponse:
    """One call, as a program makes it."""
    headers = {"Sec-Fetch-Site": None, **more.pop("headers", {})}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return browser.raw(method, path, headers=headers, **more)


def code(answer: TestResponse) -> str:
    """The stable code of a problem."""
    assert answer.content_type == "application/problem+json"
    return json.loads(answer.data)["type"].rpartition(":")[2]


@pytest.fixture
def echo(house: House) -> flask.Flask:
    """A front before a service that says what it was sent."""

    def heard(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        told = {name: value for name, value in environ.items() if isinstance(value, str)}
        told["body"] = environ["wsgi.input"].read().decode()
        headers = [("Content-Type", "application/json"), ("ETag", '"7"'), ("Location", "/v1/things/9")]
        headers += [("Link", "a"), ("Link", "b"), ("Set-Cookie", "x=y"), ("Connection", "close"), ("Server", "z")]
        start_response("202 ACCEPTED", headers)
        return [json.dumps(told).encode()]

    return house.process.front({**house.apps, "support": heard})


def test_a_system_calls_with_its_token_and_only_as_far_as_its_scopes_go(house: House, visitor: Browser) -> None:
    _, token = issue(house, "tickets")
    made = call(visitor, "POST", "/api/support/v1/tickets", token, json=REQUEST)
    assert made.status_code == 201
    shown = call(visitor, "GET", f"/api/support/v1/tickets/{made.json['id']}", token)  # type: ignore[index]
    assert (shown.status_code, shown.headers["ETag"]) == (200, '"1"')
    assert shown.json["received_by"] == "system:tos"  # type: ignore[index]
    refused = call(visitor, "GET", "/api/notify/v1/messages", token)
    assert (refused.status_code, code(refused)) == (403, "forbidden")


def test_a_revoked_a_wrong_and_a_missing_token_are_told_apart_from_nothing(house: House, visitor: Browser) -> None:
    id, token = issue(house, "tickets", system="wms")
    assert call(visitor, "GET", "/api/support/v1/tickets", token).status_code == 200
    with house.work("gateway") as work:
        access.revoke(work, id)
    signed = house.token("support", house.system("tos", "tickets"))
    for given in (token, token + "x", "", signed, None):
        answer = call(visitor, "GET", "/api/support/v1/tickets", given)
        assert (answer.status_code, code(answer)) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    basic = call(visitor, "GET", "/api/support/v1/tickets", headers={"Authorization": "Basic eDp5"})
    assert basic.status_code == 401


def test_somebody_signed_in_calls_from_our_pages_but_from_no_other_site(
    house: House, front: flask.Flask, signed_in: SignedIn
) -> None:
    browser = signed_in("staff")
    token = browser.open("/account").form("/account/password").values["csrf_token"]
    path = "/api/support/v1/tickets"
    assert call(browser, "GET", path).status_code == 200
    for told in (
        {},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "0" * 64},
    ):
        refused = call(browser, "POST", path, json=REQUEST, headers=told)
        assert (refused.status_code, code(refused)) == (403, "not-from-here"), told
    for told in ({"X-CSRF-Token": token}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": PUBLIC_URL}):
        assert call(browser, "POST", path, json=REQUEST, headers=told).status_code == 201, told


def test_a_service_hears_who_calls_from_us_alone_and_everything_else_as_it_was_sent(
    house: House, echo: flask.Flask
) -> None:
    _, token = issue(house, "tickets")
    browser = Browser(echo)
    headers = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Real-IP": "192.0.2.1",
        "Cookie": "a=b",
        "Connection": "X-Hop",
        "X-Hop": "dropped",
        "TE": "trailers",
        "If-Match": '"6"',
        "Idempotency-Key": "k1",
        "Accept-Language": "zh",
        "X-Own": "kept",
        "Content-Type": "application/json",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    path = "/api/support/v1/things/%E6%B8%AF%20%2B/x?a=1&b=%E6%B8%AF&a=2"
    answer = call(browser, "PATCH", path, token, data='{"tên":"港"}'.encode(), headers=headers)
    told = answer.json
    assert told is not None
    assert told["REQUEST_METHOD"] == "PATCH"
    assert told["PATH_INFO"].encode("latin-1").decode() == "/v1/things/港 +/x"
    assert told["QUERY_STRING"] == "a=1&b=%E6%B8%AF&a=2"
    assert told["body"] == '{"tên":"港"}'
    assert told["HTTP_TRACEPARENT"] == headers["traceparent"]
    for name in ("If-Match", "Idempotency-Key", "Accept-Language", "X-Own"):
        assert told[f"HTTP_{name.upper().replace('-', '_')}"] == headers[name]
    for name in ("X_FORWARDED_FOR", "X_REAL_IP", "COOKIE", "CONNECTION", "X_HOP", "TE", "HOST"):
        assert f"HTTP_{name}" not in told
    signed = told["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert token not in told["HTTP_AUTHORIZATION"]
    site = house.process.site("support")
    who = site.keys.verify(signed)
    assert (who.kind, who.id, who.scopes, who.unit) == ("system", "tos", ("tickets",), HAI_PHONG)

    assert answer.status_code == 202
    assert answer.headers["Location"] == "/api/support/v1/things/9"
    assert answer.headers.getlist("Link") == ["a", "b"]
    assert answer.headers["ETag"] == '"7"'
    assert not {"Set-Cookie", "Server", "Connection"} & set(answer.headers.keys())


def test_the_signed_token_of_one_service_opens_no_other(house: House) -> None:
    who = house.system("tos", "tickets")
    client = house.client("notify", who)
    answer = client.get("/v1/messages", headers={"Authorization": f"Bearer {house.token('support', who)}"})
    assert answer.status == 401


def test_problems_and_repeated_keys_come_through_as_the_service_gave_them(
    house: House, visitor: Browser, signed_in: SignedIn
) -> None:
    _, token = issue(house, "tickets")
    path = "/api/support/v1/tickets"
    bad = call(visitor, "POST", path, token, json={"content": ""}, headers={"Accept-Language": "vi"})
    assert (bad.status_code, code(bad)) == (422, "invalid")
    assert set(bad.json["errors"]) == {"content", "requester"}  # type: ignore[index]
    assert bad.headers["Content-Language"] == "vi"
    keyed = {"Idempotency-Key": "way-in-1"}
    first = call(visitor, "POST", path, token, json=REQUEST, headers=keyed)
    second = call(visitor, "POST", path, token, json=REQUEST, headers=keyed)
    assert first.data == second.data
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotency-Replayed"] == "true"
    id = first.json["id"]  # type: ignore[index]
    stale = {"If-Match": '"9"'}
    promise = {"request_type": 3, "promised_at": (house.time.now() + timedelta(hours=1)).isoformat()}
    answer = call(visitor, "POST", f"{path}/{id}/classify", token, json=promise, headers=stale)
    assert (answer.status_code, code(answer)) == (403, "people-only")
    answer = signed_in("staff").raw("POST", f"{path}/{id}/classify", json=promise, headers=stale)
    assert (answer.status_code, code(answer)) == (412, "stale")


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nowhere/v1/tickets",
        "/api/intake/v1/parties",
        "/api/support",
        "/api/support/metrics",
        "/api/support/readyz",
        "/api/support/livez",
        "/api/support/v1",
        "/api/support/v1/../metrics",
        "/api/support/v1/%2e%2e/metrics",
        "/api/support/v1/tickets/./x",
        "/api/support/v2/tickets",
        "/api/support/v1/nowhere",
    ],
)
def test_nothing_but_the_apis_is_reached_from_outside(house: House, visitor: Browser, path: str) -> None:
    _, token = issue(house, "tickets")
    answer = call(visitor, "GET", path, token)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert b"steward_" not in answer.data


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_health_and_metrics_are_not_pages(visitor: Browser, path: str) -> None:
    assert visitor.raw("GET", path).status_code == 404


def test_a_body_that_is_too_large_is_refused_before_any_service_sees_it(house: House, visitor: Browser) -> None:
    _, token = issue(house, "tickets")
    body = b'{"content":"' + b"x" * service_app.MAX_BODY_BYTES + b'"}'
    answer = call(visitor, "POST", "/api/support/v1/tickets", token, data=body, content_type="application/json")
    assert (answer.status_code, code(answer)) == (413, "too-large")


def test_strangers_may_ask_for_something_until_the_window_is_full(house: House, front: flask.Flask) -> None:
    spammer, other = Browser(front), Browser(front)
    path = "/api/support/v1/public/requests"
    for number in range(windows.POSTS.most):
        forwarded = {"X-Forwarded-For": f"192.0.2.{number}"}  # says whoever sends it: nobody believes it
        assert call(spammer, "POST", path, json=ASKED, headers=forwarded).status_code == 201
    full = call(spammer, "POST", path, json=ASKED, headers={"X-Forwarded-For": "192.0.2.250"})
    assert (full.status_code, code(full)) == (429, "too-many")
    assert 0 < int(full.headers["Retry-After"]) <= 600
    assert call(other, "POST", path, json=ASKED).status_code == 201
    house.time.move(windows.POSTS.length)
    assert call(spammer, "POST", path, json=ASKED).status_code == 201


def test_behind_trusted_proxies_the_address_is_what_the_nearest_of_them_says(house: House) -> None:
    given = settings.read(
        {"STEWARD_HOME": str(house.home), "STEWARD_PUBLIC_URL": PUBLIC_URL, "STEWARD_TRUSTED_PROXIES": "1"}
    )
    own, house.process.settings = house.process.settings, given
    try:
        front = house.process.front(house.apps)
    finally:
        house.process.settings = own
    proxy = Browser(front, address="10.0.0.1")
    path = "/api/support/v1/public/requests"
    for _ in range(windows.POSTS.most):
        assert call(proxy, "POST", path, json=ASKED, headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 201
    spoofed = {"X-Forwarded-For": "203.0.113.99, 198.51.100.1"}  # the client's own claim stands to the left
    assert call(proxy, "POST", path, json=ASKED, headers=spoofed).status_code == 429
    assert call(proxy, "POST", path, json=ASKED, headers={"X-Forwarded-For": "198.51.100.2"}).status_code == 201


def test_a_service_that_is_away_is_a_503_that_says_when_to_come_back(house: House) -> None:
    _, token = issue(house, "tickets")
    browser = Browser(house.process.front({**house.apps, "support": peers.nobody()}))
    answer = call(browser, "GET", "/api/support/v1/tickets", token, headers={"Accept-Language": "zh"})
    assert (answer.status_code, code(answer)) == (503, "service-away")
    assert int(answer.headers["Retry-After"]) > 0
    assert "support" in answer.json["detail"]  # type: ignore[index]
    assert answer.headers["Content-Language"] == "zh"


def test_the_way_in_works_as_well_over_a_real_connection(house: House) -> None:
    _, token = issue(house, "tickets")
    with peers.serving(house.apps["support"]) as url:
        front = house.process.front({**house.apps, "support": url})
        browser = Browser(front)
        made = call(browser, "POST", "/api/support/v1/tickets", token, json=REQUEST)
        assert made.status_code == 201
        head = call(browser, "HEAD", f"/api/support/v1/tickets/{made.json['id']}", token)  # type: ignore[index]
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == '"1"'
        front.extensions["steward"].extras["clients"].close()


def test_the_documents_of_every_api_are_open_and_say_where_it_is_reached(house: House, visitor: Browser) -> None:
    visitor.open("/api/docs")
    for name in house.apps:
        document = json.loads(visitor.raw("GET", f"/api/{name}/openapi.json").data)
        assert document["openapi"].startswith("3.1")
        assert document["servers"] == [{"url": f"{PUBLIC_URL}/api/{name}"}]
        assert all(path.startswith("/v1/") for path in document["paths"])
        page = visitor.open(f"/api/{name}/docs")
        for path, methods in document["paths"].items():
            for method in {"get", "post", "patch"} & set(methods):
                assert f"{method.upper()} /api/{name}{path}" in page.text
