"""Callers who are not who they must be, on every route: turned away before anything is read, and nothing is changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwk, jwt

from shared.web import tokens
from tests.web import problems, routes
from tests.web.routes import Route, World

SIGNED = [route for route in routes.known() if not route.public]
FOR_ALL = ("/v1/types", "/v1/sessions", "/v1/sessions/<string:id>/end")  # the same for everybody, or one's own
SCOPED = [route for route in SIGNED if route.rule != "/v1/types"]
OF_A_UNIT = [route for route in SIGNED if route.rule not in (*FOR_ALL, "/v1/inbound")]  # an event names its unit

each_signed = pytest.mark.parametrize("route", SIGNED, ids=str)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _claims(world: World, route: Route) -> dict[str, object]:
    now = int(world.house.time.now().timestamp())
    claims = {"iss": "steward", "aud": route.service, "sub": world.admin.actor, "name": "", "roles": ["admin"]}
    return {**claims, "scopes": ["inbound"], "unit": world.admin.unit, "iat": now, "exp": now + 300}


def _of_another_key(world: World, route: Route) -> str:
    key = tokens.make_key()
    private = jwk.OKPKey.import_key(key)
    header = {"alg": "Ed25519", "kid": key["kid"]}
    return jwt.encode(header, _claims(world, route), private, algorithms=tokens.ALGORITHMS)


def _with_the_public_key_as_secret(world: World, route: Route) -> str:
    public = json.loads((world.house.home / "keys" / "public.json").read_text())["keys"][0]
    secret = jwk.OctKey.import_key(base64.urlsafe_b64decode(public["x"] + "="))
    return jwt.encode({"alg": "HS256", "kid": public["kid"]}, _claims(world, route), secret, algorithms=["HS256"])


def _expired(world: World, route: Route) -> str:
    return world.house.token(route.service, world.admin, lifetime_s=-tokens.LEEWAY_S)


def _for_another_service(world: World, route: Route) -> str:
    return world.house.token("support" if route.service != "support" else "notify", world.admin)


def _changed(world: World, route: Route) -> str:
    head, _, signature = world.house.token(route.service, world.admin).split(".")
    return f"{head}.{_part(_claims(world, route))}.{signature}"


HEADERS: dict[str, Callable[[World, Route], str | None]] = {
    "no header": lambda *_: None,
    "nothing in it": lambda *_: "",
    "no token": lambda *_: "Bearer ",
    "another scheme": lambda world, route: "Basic " + world.house.token(route.service, world.admin),
    "a word": lambda *_: "Bearer letmein",
    "a link's secret": lambda *_: "Bearer s8hT2kQ9mRw4vXy7nBp3cLd",
    "a system's own token, which only the gateway knows": lambda *_: "Bearer steward_abcdefghijklmnopqrstuvwxyz",
    "letters from elsewhere": lambda *_: "Bearer Đặng.阳.é",
    "expired": lambda world, route: "Bearer " + _expired(world, route),
    "for another service": lambda world, route: "Bearer " + _for_another_service(world, route),
    "of another key": lambda world, route: "Bearer " + _of_another_key(world, route),
    "changed": lambda world, route: "Bearer " + _changed(world, route),
    "no algorithm": lambda world, route: f"Bearer {_part({'alg': 'none'})}.{_part(_claims(world, route))}.",
    "the public key as a secret": lambda world, route: "Bearer " + _with_the_public_key_as_secret(world, route),
}


@each_signed
def test_whoever_cannot_show_who_they_are_is_turned_away(still_world: World, route: Route) -> None:
    world = still_world
    before = world.house.snapshot(route.service)
    body = world.body(route) if route.changes else None
    for name, header in HEADERS.items():
        value = header(world, route)
        sent = {} if value is None else {"Authorization": value.encode().decode("latin-1")}
        english, other = (
            world.house.client(route.service, language=language).call(
                route.method, world.path(route), body=body, headers=sent, key="a-key-of-22-characters-or-more"
            )
            for language in ("en", "vi")
        )
        assert english.status == 401, f"{name}: {english.raw.decode()}"
        assert english.headers["WWW-Authenticate"] == "Bearer"
        problems.in_both(english, other, "vi")
    assert world.house.snapshot(route.service) == before


@pytest.mark.parametrize("route", SCOPED, ids=str)
def test_a_system_without_the_scope_is_told_what_is_missing(still_world: World, route: Route) -> None:
    world = still_world
    before = world.house.snapshot(route.service)
    nobody = world.house.system("wms")
    body = world.body(route) if route.changes else None
    kind = route.kind
    english, other = (
        world.house.client(route.service, nobody, language=language).call(
            route.method, world.asked(route), raw=routes.written(body), kind=kind if route.has_body else None
        )
        for language in ("en", "zh")
    )
    assert english.status == 403, english.raw.decode()
    problems.in_both(english, other, "zh")
    assert world.house.snapshot(route.service) == before


def _nothing(body: Any) -> bool:
    """An empty list or page, or counts of nothing."""
    if isinstance(body, list):
        return body == []
    return body["items"] == [] if "items" in body else not any(body.values())


@pytest.mark.parametrize("route", OF_A_UNIT, ids=str)
@pytest.mark.parametrize("kind", ["staff", "system"])
def test_whoever_belongs_to_no_unit_changes_and_sees_nothing(still_world: World, route: Route, kind: str) -> None:
    world = still_world
    before = world.house.snapshot(route.service)
    scopes = ("tickets", "inbound", "directory")
    lost = tokens.Caller(kind, "lost", "Lạc", roles=("staff", "lead"), scopes=scopes, unit=None)
    body = world.body(route) if route.changes else None
    answer = world.house.client(route.service, lost, language="vi").call(
        route.method, world.asked(route), raw=routes.written(body), kind=route.kind if route.has_body else None
    )
    if answer.status == 200:
        assert _nothing(answer.body)
    else:
        assert answer.status in (403, 404)
        problems.is_problem(answer, answer.status, "vi")
    assert world.house.snapshot(route.service) == before
