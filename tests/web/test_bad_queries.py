"""Lists asked in a way that nobody can answer: refused with the parameter's name; no misspelt filter is ignored."""

from __future__ import annotations

import base64
import itertools
from urllib.parse import quote

import pytest

from tests.web import badness, problems, routes
from tests.web.routes import Route, World

WHOLE = (  # short, and asked for nothing
    *("/v1/record/totals", "/v1/received", "/v1/types", "/v1/sessions", "/v1/views", "/v1/playbooks"),
    *("/v1/desk/counts", "/v1/tickets/verbs", "/v1/operations"),
)
SHORT = (
    *("/v1/kpis", "/v1/memberships", "/v1/authority", "/v1/official-years"),
    *("/v1/record-checks/demands", "/v1/record-imports", "/v1/macros", "/v1/tickets/counts", "/v1/tickets/verdicts"),
    *("/v1/operations/causes", "/v1/operations/batches"),
)
"""Asked, and answered as a whole."""
UNKEYED = ("/v1/trail",)  # no entry has a party yet
SHOWS = [r for r in routes.known() if not r.changes and "<" not in r.rule and r.rule not in WHOLE]

LIMITS = ["0", "-1", "x", "1.5", "", "9" * 30, "9" * 5_000, "１００１"]
DATES = ["", "x", "2026-13-01", "2026-02-30", "24/11/2026", "0", "２０２６-11-24", "9" * 5_000]
CURSORS = ["", "x", "é", "====", "MTIz!", base64.b64encode(b"-1").decode(), base64.b64encode(b"9" * 30).decode(),
           base64.b64encode(b"[1]").decode(), base64.b64encode("ệ".encode()).decode(), "A" * 5_000]  # fmt: skip


def _wrong(world: World, route: Route) -> list[tuple[str, int]]:
    """Query strings and the status that each deserves."""
    spec = world.spec(route.service)
    found = [("colour=red", 422), ("limit=1&colour=red", 422), ("%00=1", 400), ("colour=%00", 400)]
    for parameter in world.description(route)["parameters"]:
        name, schema = parameter.get("name"), badness.resolved(spec, parameter.get("schema", {}))
        if parameter.get("in") != "query":
            continue
        found.append((f"{name}=a%00b", 400))
        if name == "limit":
            most = schema["maximum"]
            found += [(f"limit={quote(value)}", 422) for value in (*LIMITS, str(most + 1))]
        elif name == "cursor":
            found += [(f"cursor={quote(value)}", 400) for value in CURSORS if value]
        elif "enum" in schema:
            found.append((f"{name}=nonsense", 422))
        elif parameter.get("required"):
            found += [(f"{name}=", 422)]
        if schema.get("format") == "date":
            found += [(f"{name}={quote(value)}", 422) for value in DATES]
        elif schema.get("format") == "date-time":
            found += [(f"{name}={quote(value)}", 422) for value in (*DATES, "2026-11-24", "2026-11-24T02:00:00")]
        elif schema.get("type") == "integer" and name != "limit":
            found += [(f"{name}={quote(value)}", 422) for value in ("x", "1.5", "", "-1", "0", "9" * 30, "9" * 5_000)]
        elif schema.get("type") == "boolean":
            found.append((f"{name}=perhaps", 422))
        elif "maxLength" in schema:
            found.append((f"{name}={'x' * (schema['maxLength'] + 1)}", 422))
    return found


@pytest.mark.parametrize("route", SHOWS, ids=str)
def test_a_question_that_cannot_be_answered_is_refused(world: World, route: Route) -> None:
    for (query, status), language in zip(_wrong(world, route), itertools.cycle(("vi", "zh"))):
        english, other = (
            world.client(route, language=spoken).get(world.asked(route, *query.split("&")))
            for spoken in ("en", language)
        )
        assert english.status == status, f"{query[:60]}: {english.raw.decode()[:300]}"
        problems.in_both(english, other, language)


@pytest.mark.parametrize("route", SHOWS, ids=str)
@pytest.mark.parametrize("text", ["ệ阳𠮷", "%", "'; drop table ticket; --", "x" * 90, "%ff"])
def test_any_text_may_be_searched_for(world: World, route: Route, text: str) -> None:
    spec = world.spec(route.service)
    for parameter in world.description(route)["parameters"]:
        schema = badness.resolved(spec, parameter.get("schema", {}))
        plain = (
            parameter.get("in") == "query" and schema.get("type") == "string" and not {"enum", "format"} & set(schema)
        )
        if plain and parameter["name"] != "cursor" and len(text) <= schema.get("maxLength", 1_000):
            asked = text if text == "%ff" else quote(text)
            answer = world.client(route).get(world.asked(route, f"{parameter['name']}={asked}"))
            assert answer.expect(200) == [] or answer.body["items"] == []


@pytest.mark.parametrize("route", [r for r in SHOWS if r.rule not in (*SHORT, *UNKEYED)], ids=str)
def test_the_cursor_of_a_list_leads_through_all_of_it_once(world: World, route: Route) -> None:
    whole = world.client(route).get(world.asked(route, "limit=100")).expect(200)["items"]
    assert len(whole) > 2
    seen, cursor = [], ""
    while True:
        page = world.client(route).get(world.asked(route, f"limit=2{cursor}")).expect(200)
        seen += page["items"]
        if page["next"] is None:
            break
        assert len(page["items"]) == 2
        cursor = f"&cursor={page['next']}"
    assert seen == whole
