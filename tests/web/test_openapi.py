"""What an API says of itself is true: its schemas are schemas, its bodies are taken, its answers look as described."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from shared.documents import openapi
from shared.runtime import manifest
from tests.flows.house import House
from tests.web import problems, routes
from tests.web.routes import Route, World

KNOWN = routes.known()
NAMES = sorted({route.service for route in KNOWN})


def validate(world: World, service: str, schema: dict[str, Any], value: Any) -> None:
    """Raises when the value does not fit the schema, whose references point into the service's document."""
    document = world.spec(service)
    root = {**schema, "components": document["components"]}
    jsonschema.validate(value, root, cls=Draft202012Validator)


def answer_schema(operation: dict[str, Any], status: int) -> dict[str, Any]:
    return operation["responses"][str(status)]["content"]["application/json"]["schema"]


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_one(still_world: World, name: str) -> None:
    components = still_world.spec(name)["components"]
    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for parameter in components["parameters"].values():
        Draft202012Validator.check_schema(parameter["schema"])


@pytest.mark.parametrize("route", KNOWN, ids=str)
def test_every_route_says_who_may_call_and_what_may_go_wrong(still_world: World, route: Route) -> None:
    operation = still_world.description(route)
    statuses = set(operation["responses"])
    assert operation["security"] == ([] if route.public else [{"token": []}])
    assert {"500", "503", "default"} <= statuses
    assert ({"401", "403"} <= statuses) is not route.public
    assert ("404" in statuses) == ("<" in route.rule)
    named = [parameter.get("$ref") for parameter in operation["parameters"]]
    assert ("#/components/parameters/IdempotencyKey" in named) is route.changes
    if route.changes:
        assert {"400", "409", "413", "415", "422"} <= statuses
        assert ("requestBody" in operation) is route.has_body


@pytest.mark.parametrize("route", [route for route in KNOWN if route.changes], ids=str)
def test_a_good_body_fits_its_schema_and_its_answer_as_well(embedded_world: World, route: Route) -> None:
    world, good = embedded_world, routes.good(route)
    operation = world.description(route)
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        validate(world, route.service, content["schema"], world.body(route))
        if "example" in content:
            validate(world, route.service, content["schema"], content["example"])
    answer = world.call(route, world.body(route))
    answer.expect(good.status)
    described = operation["responses"][str(good.status)]
    if answer.body is not None:
        validate(world, route.service, answer_schema(operation, good.status), answer.body)
        assert set(answer.body) == _properties(world, route, good.status)
    assert {"ETag", "Location"} & set(described.get("headers", {})) == {"ETag", "Location"} & set(answer.headers)


@pytest.mark.parametrize("route", [r for r in KNOWN if not r.changes and not r.rule.endswith("/content")], ids=str)
def test_what_is_shown_looks_as_described(still_world: World, route: Route) -> None:
    world = still_world
    of = _something(world, route) if "<" in route.rule else None
    answer = world.client(route).get(world.asked(route, of=of))
    validate(world, route.service, answer_schema(world.description(route), 200), answer.expect(200))


def _properties(world: World, route: Route, status: int) -> set[str]:
    name = answer_schema(world.description(route), status)["$ref"].rpartition("/")[2]
    return set(world.spec(route.service)["components"]["schemas"][name]["properties"])


def _something(world: World, route: Route) -> str:
    """The id of something that the route can show."""
    if route.public:
        return world.made[str(route)]
    whole = Route(route.service, "GET", route.rule.partition("/<")[0])
    if whole.rule == "/v1/memberships":
        return world.made["gateway POST /v1/memberships/<string:id>/end"]
    if whole.rule == "/v1/mail":
        whole = Route(whole.service, "GET", "/v1/mail/parked")
    shown = world.client(whole).get(whole.rule).expect(200)
    item = (shown if isinstance(shown, list) else shown["items"])[0]
    return item.get("id") if "<string:id>" in route.rule else item["code"]


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_is_as_described(still_world: World, name: str) -> None:
    world = still_world
    content = world.spec(name)["components"]["responses"]["NOT_FOUND"]["content"]
    answer = world.house.client(name, world.admin, language="vi").get("/v1/nowhere")
    problems.is_problem(answer, 404, "vi")
    validate(world, name, content["application/problem+json"]["schema"], answer.body)


@pytest.mark.parametrize("name", NAMES)
def test_the_description_is_served_to_programs_and_to_people_without_a_token(still_world: World, name: str) -> None:
    client = still_world.house.client(name)
    document = client.get("/openapi.json").expect(200)
    assert document == still_world.spec(name)
    assert document["info"]["title"] == f"Steward {manifest.load(name).title}"
    page = client.get("/docs")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    text = page.raw.decode()
    assert "<script" not in text
    for route in KNOWN:
        if route.service == name:
            assert f">{route.method}</b>" in text
            assert route.rule.replace("<string:", "{").replace(">", "}") in text


def test_the_page_names_the_fields_of_a_body_and_their_limits(house: House) -> None:
    text = house.client("support").get("/docs").raw.decode()
    assert "<code>requester.mails</code>" in text
    assert "at most 20000" in text
    assert "one of vi, zh, en" in text


@pytest.mark.parametrize("name", [name for name in manifest.existing() if manifest.blueprints(manifest.load(name))])
def test_every_operation_has_a_name_of_its_own_that_begins_with_its_service(name: str) -> None:
    paths = openapi.document(manifest.load(name))["paths"]
    named = [each["operationId"] for path in paths.values() for verb, each in path.items() if verb != "parameters"]
    assert len(named) == len(set(named)) > 0
    assert all(re.fullmatch(rf"{name}\.[a-z_]+", each) for each in named), named
