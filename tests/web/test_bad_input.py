"""Bad input over HTTP, for every route there is: a problem in the caller's language that names the field, never a 500,
never HTML, and nothing is changed. What is tried is worked out from the routes themselves (`tests/web/badness.py`).
"""

from __future__ import annotations

import itertools
import json

import pytest

from tests.web import badness, problems, routes
from tests.web.routes import Route, World
from tests.web.test_routes import VERSIONED

KNOWN = routes.known()
CHANGES = [route for route in KNOWN if route.changes]
BODIES = [route for route in CHANGES if route.has_body]
ONE_KIND = [route for route in BODIES if not route.takes_files]
JSON = [route for route in BODIES if "json" in route.kind]
WITH_SCHEMA = [route for route in JSON if "inbound" not in route.rule]
OF_ONE = [route for route in KNOWN if "<" in route.rule]
LANGUAGES = ("vi", "zh")


@pytest.mark.parametrize("route", WITH_SCHEMA, ids=str)
def test_a_body_with_one_thing_wrong_is_refused_at_its_field(world: World, route: Route) -> None:
    before = world.house.snapshot(route.service)
    for bad, language in zip(badness.bodies(world, route, world.body(route)), itertools.cycle(LANGUAGES)):
        raw = json.dumps(bad.body).encode()
        calls = [
            world.client(route, language=spoken).call(route.method, world.path(route), raw=raw, kind="application/json")
            for spoken in ("en", language)
        ]
        said = f"{bad}: {calls[0].raw.decode()[:600]}"
        assert calls[0].status == bad.status, said
        assert badness.names(calls[0].body.get("errors"), bad.at), said
        problems.in_both(calls[0], calls[1], language)
    assert world.house.snapshot(route.service) == before


MALFORMED = {
    "nothing that ends": b"{",
    "single quotes": b"{'a': 1}",
    "a comma too many": b'{"a": 1,}',
    "two values": b"{} {}",
    "not a number": b'{"a": NaN}',
    "the same name twice": b'{"a": 1, "a": 2}',
    "UTF-16": '{"a": "ệ"}'.encode("utf-16"),
    "bytes of no encoding": b'{"a": "\xff\xfe"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "33 levels": b'{"a":' * 33 + b"1" + b"}" * 33,
    "a form": b"content=x&requester=y",
    "HTML": b"<html></html>",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("route", JSON, ids=str)
def test_a_body_that_is_not_json_is_refused(world: World, route: Route) -> None:
    before = world.house.snapshot(route.service)
    kind = route.kind if "inbound" in route.rule else "application/json; charset=utf-8"
    for name, raw in MALFORMED.items():
        english, other = (
            world.client(route, language=spoken).call(route.method, world.path(route), raw=raw, kind=kind)
            for spoken in ("en", "vi")
        )
        assert english.status == 400, f"{name}: {english.raw.decode()[:300]}"
        problems.in_both(english, other, "vi")
    assert world.house.snapshot(route.service) == before


OTHER_KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "",
               "json", "application/xml", "application/jsonp", None]  # fmt: skip


@pytest.mark.parametrize("route", ONE_KIND, ids=str)
def test_another_content_type_is_refused(still_world: World, route: Route) -> None:
    world = still_world
    before = world.house.snapshot(route.service)
    raw = routes.written(world.body(route))
    for kind in (kind for kind in OTHER_KINDS if kind != route.kind):
        english, other = (
            world.client(route, language=spoken).call(route.method, world.path(route), raw=raw, kind=kind)
            for spoken in ("en", "zh")
        )
        assert english.status == 415, kind
        problems.in_both(english, other, "zh")
    assert world.house.snapshot(route.service) == before


@pytest.mark.parametrize("route", ONE_KIND, ids=str)
def test_a_body_of_two_megabytes_and_one_byte_is_refused(still_world: World, route: Route) -> None:
    world = still_world
    before = world.house.snapshot(route.service)
    raw = b'{"a": "' + b"x" * (2 * 1024 * 1024 - 9 + 1) + b'"}'
    assert len(raw) == 2 * 1024 * 1024 + 1
    kind = route.kind
    english, other = (
        world.client(route, language=spoken).call(route.method, world.path(route), raw=raw, kind=kind)
        for spoken in ("en", "zh")
    )
    assert english.status == 413
    problems.in_both(english, other, "zh")
    assert world.house.snapshot(route.service) == before


NAMELESS = {
    "an unknown id": ("0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d", 404),
    "no id": ("nothing", 404),
    "letters": ("Đặng阳𠮷", 404),
    "a quote": ("'%20OR%20'1'='1", 404),
    "a path": ("..%2F..%2Fetc%2Fpasswd", 404),
    "bytes of no encoding": ("%ff%fe", 404),
    "very much": ("x" * 5_000, 404),
    "a NUL": ("a%00b", 400),
    "a number that is too large": ("9" * 40, 404),
}


@pytest.mark.parametrize("route", OF_ONE, ids=str)
def test_what_is_not_there_is_not_found(world: World, route: Route) -> None:
    before = world.house.snapshot(route.service)
    body = routes.written(world.body(route)) if route.changes else None
    kind = route.kind if route.has_body else None
    for name, (of, status) in NAMELESS.items():
        english, other = (
            world.client(route, language=spoken).call(route.method, world.path(route, of=of), raw=body, kind=kind)
            for spoken in ("en", "vi")
        )
        assert english.status == status, f"{name}: {english.raw.decode()[:300]}"
        problems.in_both(english, other, "vi")
    assert world.house.snapshot(route.service) == before


WRONG_TAGS = ['W/"3"', '"x"', '""', '"-1"', '"1", "2"', '"９"', '"99999999999"']


@pytest.mark.parametrize("route", VERSIONED, ids=str)
def test_a_version_that_is_none_is_refused(still_world: World, route: Route) -> None:
    world = still_world
    before = world.house.snapshot(route.service)
    for tag in WRONG_TAGS:
        english, other = (
            world.call(route, world.body(route), language=spoken, headers={"If-Match": tag}) for spoken in ("en", "zh")
        )
        assert english.status == 400, tag
        problems.in_both(english, other, "zh")
    assert world.house.snapshot(route.service) == before
