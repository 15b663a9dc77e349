"""Whatever JSON arrives on whatever route: an answer that is no accident, and nothing changed by what was refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.web import badness, problems, routes
from tests.web.routes import Route, World

CHANGES = [route for route in routes.known() if route.has_body and "json" in route.kind]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["2026-11-25T02:00:00Z", "hai-phong", "nam@example.com", "+84912345678", "vi", "\x00", "\ud800"])
)
names = st.text(max_size=10)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)


def paths(value: Any, at: badness.Path = ()) -> list[badness.Path]:
    """Every place in a body, lists apart."""
    if not isinstance(value, dict):
        return [at]
    return [*([at] if at else []), *(deeper for name, part in value.items() for deeper in paths(part, (*at, name)))]


@st.composite
def like(draw: st.DrawFn, good: Any) -> Any:
    """A good body with one to three places replaced by anything, and perhaps something that nobody asked for."""
    body = good
    for _ in range(draw(st.integers(1, 3))):
        places = paths(body)
        if places:
            body = badness.put(body, draw(st.sampled_from(places)), draw(values))
    return {**body, **draw(st.dictionaries(names, values, max_size=1))}


@pytest.mark.parametrize("route", CHANGES, ids=str)
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_json_is_answered(embedded_world: World, route: Route, data: st.DataObject) -> None:
    world = embedded_world
    body = data.draw(values | like(world.body(route)))
    before = world.house.snapshot(route.service)
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    answer = world.client(route, language="vi").call(route.method, world.path(route), raw=raw, kind=route.kind)
    if answer.status >= 400:
        assert answer.status < 500, answer.raw.decode()
        problems.is_problem(answer, answer.status, "vi")
        assert world.house.snapshot(route.service) == before
    else:
        assert answer.status in (200, 201, 202, 204)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=60))
@example(raw=b"\xef\xbb\xbf{}")
@example(raw=b"null")
def test_any_bytes_are_answered(embedded_world: World, raw: bytes) -> None:
    world = embedded_world
    route = next(route for route in CHANGES if route.rule == "/v1/public/requests")
    before = world.house.snapshot("support")
    answer = world.client(route, language="zh").call("POST", route.rule, raw=raw, kind="application/json")
    problems.is_problem(answer, answer.status, "zh")
    assert answer.status in (400, 422)
    assert world.house.snapshot("support") == before
