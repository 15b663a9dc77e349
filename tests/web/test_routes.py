"""What every route does when it is called as it should be: once, with the same answer twice, and no stale version."""

from __future__ import annotations

import re

import pytest

from tests.web import problems, routes
from tests.web.routes import Route, World

CHANGES = [route for route in routes.known() if route.changes]
SAID = "/(reply|note|consult|advise|attach|demand)$|/replies/.*/undo$"
UNVERSIONED = f"session|view|/v1/operations/|/v1/mail/|{SAID}"
VERSIONED = [r for r in CHANGES if "<" in r.rule and not r.public and not re.search(UNVERSIONED, r.rule)]
"""Everything that changes something known has a version, but for a session, somebody's own view, failed work and a mail
that waits (their state says what may still be decided), and what is said about a ticket or put beside it: that adds to
it, and changes nothing that others saw."""

ASKS = ("/v1/messages/sms-preview",)
"""What is posted only because a text is too long for an address: it writes nothing, and remembers no key."""

REMEMBERED = [route for route in CHANGES if route.rule not in ASKS]
each_change = pytest.mark.parametrize("route", REMEMBERED, ids=str)


def test_the_table_of_good_calls_knows_every_route_that_changes_something(embedded_world: World) -> None:
    found = routes.routes(embedded_world.house)
    assert found == routes.known()
    assert {str(route) for route in found if route.changes} == set(routes.GOOD)


def test_the_documentation_says_which_routes_take_a_version(embedded_world: World) -> None:
    assert [route for route in CHANGES if embedded_world.versioned(route)] == VERSIONED


@pytest.mark.parametrize("route", VERSIONED, ids=str)
def test_a_stale_version_is_refused(embedded_world: World, route: Route) -> None:
    world = embedded_world
    before = world.house.snapshot(route.service)
    refused = world.call(route, world.body(route), version=999)
    assert (refused.status, refused.code) == (412, "stale")
    assert world.house.snapshot(route.service) == before


@each_change
def test_a_good_call_succeeds_once_and_is_answered_the_same_again(embedded_world: World, route: Route) -> None:
    world, good, key = embedded_world, routes.good(route), "b2a1f0c8-key-of-its-own-for-this-one"
    first = world.call(route, world.body(route), key=key)
    first.expect(good.status)
    before = world.house.snapshot(route.service)
    again = world.call(route, world.body(route), key=key)
    assert again.status == first.status
    assert again.headers["Idempotency-Replayed"] == "true"
    if route.rule != "/v1/tokens" and not route.rule.endswith("/reveal"):  # what is shown once
        assert again.raw == first.raw
    assert {"ETag", "Location"} & set(first.headers) == {"ETag", "Location"} & set(again.headers)
    assert world.house.snapshot(route.service) == before


ONCE = [route for route in CHANGES if routes.good(route).again is not None]


@pytest.mark.parametrize("route", ONCE, ids=str)
def test_what_was_done_cannot_be_done_again(embedded_world: World, route: Route) -> None:
    world, good = embedded_world, routes.good(route)
    world.call(route, world.body(route))  # unless a test before this one has done it
    before = world.house.snapshot(route.service)
    english, other = (world.call(route, world.body(route), language=language) for language in ("en", "zh"))
    assert english.status == good.again
    problems.in_both(english, other, "zh")
    if english.code == "wrong-state":
        assert english.body["state"]
        assert isinstance(english.body["possible"], list)
    assert world.house.snapshot(route.service) == before


@pytest.mark.parametrize("route", [route for route in CHANGES if route.rule in ASKS], ids=str)
def test_what_only_asks_writes_nothing_and_answers_the_same_again(embedded_world: World, route: Route) -> None:
    world, key = embedded_world, "d4a1f0c8-key-that-nobody-keeps"
    before = world.house.snapshot(route.service)
    answers = [world.call(route, world.body(route), key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [routes.good(route).status] * 2
    assert answers[0].raw == answers[1].raw
    assert world.house.snapshot(route.service) == before


@pytest.mark.parametrize("route", [route for route in REMEMBERED if route.has_body], ids=str)
def test_the_key_of_a_good_call_is_refused_for_another_body(embedded_world: World, route: Route) -> None:
    world = embedded_world
    key = "c3a1f0c8-another-key-of-its-own"
    body = world.body(route)
    world.call(route, f"{body}\n" if isinstance(body, str) else {**body, "colour": "red"}, key=key)
    before = world.house.snapshot(route.service)
    refused = world.call(route, world.body(route), key=key)
    assert (refused.status, refused.code) == (409, "idempotency-key-reused")
    assert world.house.snapshot(route.service) == before
