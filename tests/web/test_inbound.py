"""Inbound events over HTTP: what is wrong is said at once, with its field, and nothing is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from services.gateway.directory.unit import commands as units
from shared.envelope import cloudevent
from shared.kernel import ids
from shared.store import tables
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer
from tests.web import problems
from tests.web.routes import World

DATA = {
    "unit": HAI_PHONG,
    "content": "我的货物什么时候到港？",
    "requester": {"name": "王小明", "locale": "zh", "mails": ["wang@example.com"]},
}


def event(**changes: Any) -> dict[str, Any]:
    good = {
        "specversion": "1.0",
        "id": ids.new(),
        "source": "/tos",
        "type": "request.submitted",
        "subject": "tos-1",
        "time": "2026-11-24T02:00:00Z",
        "data": DATA,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def send(house: House, body: Any, *, language: str = "en", raw: bytes | None = None, system: str = "tos") -> Answer:
    client = house.client("support", house.system(system, "inbound"), language=language)
    return client.call(
        "POST", "/v1/inbound", raw=raw if raw is not None else json.dumps(body).encode(), kind=cloudevent.CONTENT_TYPE
    )


def stored(house: House) -> int:
    return house.scalar("support", sa.select(sa.func.count()).select_from(tables.inbox))


def test_a_good_event_is_accepted_and_stored_once_however_often_it_is_sent(house_on_either: House) -> None:
    before = stored(house_on_either)
    good = event()
    for _ in range(3):
        assert send(house_on_either, good).expect(202) == {"status": "accepted"}
    assert stored(house_on_either) == before + 1


def test_fields_that_readers_do_not_know_are_ignored(house: House) -> None:
    send(house, event(data={**DATA, "colour": "red"}, comexample="x")).expect(202)
    house.settle()
    assert len(house.mails()) == 1


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("no version of CloudEvents", {"specversion": None}, 400, "unreadable-event"),
    ("another version of CloudEvents", {"specversion": "0.3"}, 400, "unreadable-event"),
    ("no id", {"id": None}, 400, "unreadable-event"),
    ("an id that is too long", {"id": "x" * 201}, 400, "unreadable-event"),
    ("an id that is a number", {"id": 7}, 400, "unreadable-event"),
    ("no source", {"source": None}, 400, "unreadable-event"),
    ("no time", {"time": None}, 400, "unreadable-event"),
    ("a time without an offset", {"time": "2026-11-24T02:00:00"}, 400, "unreadable-event"),
    ("no data", {"data": None}, 400, "unreadable-event"),
    ("data that is a list", {"data": []}, 400, "unreadable-event"),
    ("a schema of something else", {"dataschema": "urn:steward:other:1"}, 400, "unreadable-event"),
    ("a NUL", {"data": {**DATA, "content": "a\x00"}}, 400, "unreadable-event"),
    ("half a letter", {"data": {**DATA, "content": "\ud800"}}, 400, "unreadable-event"),
    ("another system's name", {"source": "/wms"}, 403, "forged-source"),
    ("one of our own names", {"source": "/steward/support"}, 403, "forged-source"),
    ("a type that nobody reacts to", {"type": "request.withdrawn"}, 422, "unknown-event-type"),
    ("a domain event of ours", {"type": "support.ticket.received"}, 422, "unknown-event-type"),
    ("a newer version", {"dataschema": "urn:steward:request.submitted:2"}, 409, "newer-version"),
    ("no content", {"data": {**DATA, "content": ""}}, 422, "schema-violation"),
    ("a channel that is none", {"data": {**DATA, "channel": "pigeon"}}, 422, "schema-violation"),
    ("a bad mail address", {"data": {**DATA, "requester": {"name": "A", "mails": ["a"]}}}, 422, "schema-violation"),
    ("50,000 letters", {"data": {**DATA, "content": "阳" * 50_000}}, 422, "schema-violation"),
]


@pytest.mark.parametrize(("changes", "status", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_event_is_refused_and_not_stored(
    still_world: World, changes: dict[str, Any], status: int, code: str
) -> None:
    house = still_world.house
    before = house.snapshot("support")
    english, other = send(house, event(**changes)), send(house, event(**changes), language="zh")
    assert (english.status, english.code) == (status, code), english.raw.decode()
    problems.in_both(english, other, "zh")
    assert house.snapshot("support") == before


def test_what_does_not_fit_is_named_by_its_place_in_the_data(still_world: World) -> None:
    house = still_world.house
    data = {"content": "x", "requester": {"name": "A", "mails": ["nam"], "locale": "xx"}}
    refused = send(house, event(data=data))
    assert refused.body["errors"] == {
        "data": {
            "unit": ["Missing data for required field."],
            "requester": {"mails": {"0": ["Not a valid email address."]}, "locale": ["Must be one of: vi, zh, en."]},
        }
    }


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b'"x"', b"[" * 100_000])
def test_what_is_no_event_at_all_is_refused(still_world: World, raw: bytes) -> None:
    house = still_world.house
    before = house.snapshot("support")
    problems.is_problem(send(house, None, raw=raw, language="zh"), 400, "zh")
    assert house.snapshot("support") == before


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 413)])
def test_an_event_may_have_a_mebibyte_and_not_a_byte_more(house: House, more: int, status: int) -> None:
    body = event(data={**DATA, "padding": ""})
    size = len(json.dumps(body).encode())
    body["data"]["padding"] = "x" * (cloudevent.MAX_BYTES - size + more)
    if status == 202:
        send(house, body).expect(202)
    else:
        before = house.snapshot("support")
        problems.is_problem(send(house, body, language="vi"), 413, "vi")
        assert house.snapshot("support") == before


def test_only_systems_with_the_scope_hand_events_in(still_world: World) -> None:
    house = still_world.house
    before = house.snapshot("support")
    for who in (house.staff("admin"), house.system("tos", "tickets")):
        answer = house.client("support", who).call(
            "POST", "/v1/inbound", raw=json.dumps(event()).encode(), kind=cloudevent.CONTENT_TYPE
        )
        assert (answer.status, answer.code) == (403, "forbidden")
    assert house.snapshot("support") == before


def test_a_system_of_one_company_makes_no_work_for_another(house: House) -> None:
    with house.work("gateway") as work:
        units.open_(work, code="cong-ty-khac", kind="company", title="Công ty khác", country="VN")
    house.settle()
    before = stored(house)
    theirs = event(data=DATA | {"unit": "cong-ty-khac"})
    problems.is_problem(send(house, theirs, language="zh"), 403, "zh")
    assert stored(house) == before
    send(house, event(data=DATA | {"unit": SHANGHAI})).expect(202)  # another branch of its own company
